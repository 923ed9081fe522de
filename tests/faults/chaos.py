"""Faults, one after the other, in an order that a seed decides; every one of them is healed again.

A fault is a method of `Chaos`: it breaks something, waits a while, and mends it.
"""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults.ground import Ground
from tests.faults.stage import Member, Stage
from tests.faults.world import Importer

# So long until there is an import to be killed.
IMPORT_SECONDS = 10

Fault = Callable[[], Awaitable[str]]


@dataclass
class Chaos:
    """What can be broken, and the order in which it is."""

    ground: Ground
    stage: Stage
    importer: Importer
    random: random.Random
    # How long something stays broken; longer than a lease, and than the pause of a bell.
    shortest_seconds: float = 0.5
    longest_seconds: float = 3.0
    # Whether a server that was killed is up again before anything else happens.
    is_patient: bool = False
    # These faults only, where it is not all of them.
    only: tuple[Fault, ...] = ()
    said: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)

    @property
    def faults(self) -> list[Fault]:
        """All that can be done here."""
        faults: list[Fault] = [
            self.kill_api,
            self.kill_worker,
            self.kill_importer,
            self.stop_api,
            self.stop_worker,
            self.flush_valkey,
            self.kill_valkey,
            self.stall_valkey,
            self.move_a_clock,
        ]
        if self.ground.postgres:
            faults.append(self.stop_postgres)
        return [*faults, self.fill_the_disk] if self.ground.disk else faults

    async def run(self, rounds: int) -> None:
        """Every fault once in each round, in another order each time."""
        if self.ground.disk is None:
            self.said.append("no disk is filled: no tmpfs may be mounted here")
        for _ in range(rounds):
            faults = list(self.only or self.faults)
            self.random.shuffle(faults)
            for fault in faults:
                await self.strike(fault)
                await asyncio.sleep(self.random.uniform(0.1, 0.5))

    async def strike(self, fault: Fault) -> None:
        """One fault, from its beginning to its end."""
        began = time.monotonic() - self._began
        what = await fault()
        self.counts[fault.__name__] += 1
        self.said.append(f"{began:6.1f} s  {what}")

    async def kill_api(self) -> str:
        """-9 to a server."""
        return await self._kill(self.random.choice(self.stage.apis))

    async def kill_worker(self) -> str:
        """-9 to a worker."""
        return await self._kill(self.random.choice(self.stage.workers))

    async def kill_importer(self) -> str:
        """-9 to whoever takes in a file now."""
        # It may end by itself in the meantime.
        with suppress(TimeoutError, ProcessLookupError):
            async with asyncio.timeout(IMPORT_SECONDS):
                while (process := self.importer.running) is None:
                    await asyncio.sleep(0.02)
                await asyncio.sleep(self.random.uniform(0, 1.5))
                process.kill()
                return "kill the import"
        return "kill the import (there was none)"

    async def stop_api(self) -> str:
        """Let a server stand still: its connections hang, its transactions stay open."""
        return await self._stop(self.random.choice(self.stage.apis))

    async def stop_worker(self) -> str:
        """Let a worker stand still for longer than its lease, and then go on."""
        return await self._stop(self.random.choice(self.stage.workers))

    async def flush_valkey(self) -> str:
        """Lose everything that is queued."""
        await asyncio.to_thread(self.ground.valkey.flush)
        return "flush Valkey"

    async def kill_valkey(self) -> str:
        """No queue at all for a while."""
        await asyncio.to_thread(self.ground.valkey.kill)
        seconds = await self._wait()
        await asyncio.to_thread(self.ground.valkey.start)
        return f"kill Valkey, back after {seconds:.1f} s"

    async def stall_valkey(self) -> str:
        """A queue that takes connections and says nothing."""
        self.ground.valkey.stall()
        seconds = await self._wait()
        self.ground.valkey.resume()
        return f"stall Valkey for {seconds:.1f} s"

    async def stop_postgres(self) -> str:
        """The database goes away in the middle of everything."""
        assert self.ground.postgres is not None
        await asyncio.to_thread(self.ground.postgres.stop_at_once)
        seconds = await self._wait()
        await asyncio.to_thread(self.ground.postgres.start)
        return f"stop PostgreSQL at once, back after {seconds:.1f} s"

    async def fill_the_disk(self) -> str:
        """No room for files, nor for SQLite."""
        assert self.ground.disk is not None
        await asyncio.to_thread(self.ground.disk.fill)
        seconds = await self._wait()
        self.ground.disk.empty()
        return f"fill the disk for {seconds:.1f} s"

    async def move_a_clock(self) -> str:
        """One process goes by another time than the others, by up to two minutes."""
        member = self.random.choice(self.stage.members)
        seconds = self.random.uniform(-120, 120)
        member.move_clock(seconds)
        await self._wait()
        member.move_clock(0)
        return f"move the clock of {member.name} by {seconds:+.0f} s, and back"

    async def _kill(self, member: Member) -> str:
        await self.stage.kill(member)
        seconds = await self._wait(longest=1.0)
        await self.stage.begin(member)
        if self.is_patient and member.is_api:
            await self.stage.is_up(member)
        return f"kill {member.name}, begun again after {seconds:.1f} s"

    async def _stop(self, member: Member) -> str:
        member.signal(signal.SIGSTOP)
        seconds = await self._wait()
        member.signal(signal.SIGCONT)
        return f"stop {member.name} for {seconds:.1f} s"

    async def _wait(self, longest: float | None = None) -> float:
        seconds = self.random.uniform(self.shortest_seconds, longest or self.longest_seconds)
        await asyncio.sleep(seconds)
        return seconds
