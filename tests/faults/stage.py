"""The processes of one installation, each in a place of its own, killed and begun again."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from tests.api.client import Client
from tests.stories.processes import START_SECONDS, STOP_SECONDS, Installation, free_ports, up


@dataclass
class Member:
    """One process of the installation, and whichever takes its place."""

    name: str
    command: tuple[str, ...]
    clock: Path
    process: Process | None = None
    client: Client | None = None
    deaths: int = 0

    @property
    def is_api(self) -> bool:
        """Whether it answers requests."""
        return self.client is not None

    def move_clock(self, seconds: float) -> None:
        """Let its clock be wrong by so much; whoever reads it meanwhile never finds half of it."""
        beside = self.clock.with_suffix(".moved")
        beside.write_text(str(seconds))
        beside.replace(self.clock)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)


@dataclass
class Stage:
    """An installation and its members."""

    installation: Installation
    members: list[Member] = field(default_factory=list)

    @property
    def apis(self) -> list[Member]:
        """Those that answer requests."""
        return [member for member in self.members if member.is_api]

    @property
    def workers(self) -> list[Member]:
        """Those that do jobs."""
        return [member for member in self.members if not member.is_api]

    async def begin(self, member: Member) -> None:
        """Start its process; it may take a while to come up."""
        member.process = await self.installation.begin_module(
            "tests.faults.shifted", str(member.clock), *member.command
        )

    async def kill(self, member: Member) -> None:
        """End it by -9 and wait for its end."""
        member.signal(signal.SIGKILL)
        if member.process is not None:
            await member.process.wait()
        member.deaths += 1

    async def up(self) -> None:
        """Wait until every API answers."""
        await asyncio.gather(*(self.is_up(member) for member in self.apis))

    async def is_up(self, member: Member) -> None:
        """Wait until one API answers."""
        assert member.process is not None and member.client is not None
        await up(member.process, member.client)

    async def end(self, member: Member) -> None:
        """End it as an operator does; it must come to an end by itself."""
        if member.process is None or member.process.returncode is not None:
            return
        member.signal(signal.SIGCONT)
        member.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(member.process.wait(), STOP_SECONDS)
        except TimeoutError:
            member.signal(signal.SIGKILL)
            await member.process.wait()
            raise


@asynccontextmanager
async def open_stage(
    installation: Installation, *, apis: int = 2, workers: int = 2
) -> AsyncIterator[Stage]:
    """A stage with its members begun, all of them ended at the end."""
    stage = Stage(installation)
    for number, port in enumerate(free_ports(apis)):
        http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=START_SECONDS)
        member = _member(installation, f"api-{number}", ("serve", "--port", str(port)))
        member.client = Client(http, now=datetime.now(UTC))
        stage.members.append(member)
    for number in range(workers):
        stage.members.append(_member(installation, f"worker-{number}", ("worker",)))
    try:
        await asyncio.gather(*map(stage.begin, stage.members))
        await stage.up()
        yield stage
    finally:
        await _end(stage, stage.members)


def _member(installation: Installation, name: str, command: tuple[str, ...]) -> Member:
    member = Member(name, command, installation.folder / f"{name}.clock")
    member.move_clock(0)
    return member


async def _end(stage: Stage, members: Iterable[Member]) -> None:
    outcomes = await asyncio.gather(*map(stage.end, members), return_exceptions=True)
    for member in members:
        if member.client is not None:
            await member.client.http.aclose()
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
