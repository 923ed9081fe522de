"""API and worker processes of one installation, started as an operator starts them."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from models.adapters.database import Database
from tests.api.client import Client

START_SECONDS = 120
STOP_SECONDS = 20


@dataclass(frozen=True)
class Installation:
    """What all processes share: a database, a Valkey and a folder."""

    database_url: str
    redis_url: str
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)  # further settings

    @property
    def files(self) -> Path:
        """Where exported files are."""
        return self.folder / "data" / "files"

    @property
    def log(self) -> Path:
        """What the processes said."""
        return self.folder / "processes.log"

    async def begin(self, *arguments: str) -> Process:
        """Start `python -m jobs …`."""
        ours = {name: value for name, value in os.environ.items() if name[:6] != "BILLS_"}
        settings = {
            "BILLS_DATABASE_URL": self.database_url,
            "BILLS_REDIS_URL": self.redis_url,
            "BILLS_DATA_DIR": str(self.folder / "data"),
            "BILLS_LEASE_SECONDS": "2",
            "BILLS_SWEEP_SECONDS": "0.2",
        }
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "jobs", *arguments,
                env={**ours, **settings, **self.more}, stdout=log, stderr=STDOUT,
            )  # fmt: skip

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Process]:
        """A worker, ended at the end unless the test has killed it."""
        async with _ended(await self.begin("worker")) as process:
            yield process

    @asynccontextmanager
    async def api(self, port: int) -> AsyncIterator[tuple[Process, Client]]:
        """An API process and a client of it; it may still be coming up."""
        async with (
            _ended(await self.begin("serve", "--port", str(port))) as process,
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
        ):
            yield process, Client(http, now=datetime.now(UTC))


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@asynccontextmanager
async def _ended(process: Process) -> AsyncIterator[Process]:
    """End a process within seconds, also when the test has failed."""
    try:
        yield process
        if process.returncode is None:
            process.terminate()
            code = await asyncio.wait_for(process.wait(), STOP_SECONDS)
            # A server says that it was told to end, as its callers expect of one.
            assert code in {0, -signal.SIGTERM}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def up(process: Process, api: Client) -> None:
    """Wait until an API process answers."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert process.returncode is None, "the process ended at its start"
            try:
                assert (await api.http.get("/healthz")).status_code == 200
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def settled(db: Database, seconds: float = 60) -> None:
    """Wait until every job is done."""
    async with asyncio.timeout(seconds):
        while await db.fetch(  # noqa: ASYNC110
            "SELECT id FROM jobs WHERE status <> 'DONE' LIMIT 1"
        ):
            await asyncio.sleep(0.05)


async def issued(db: Database, bills: int, seconds: float = 60) -> None:
    """Wait until there are so many bills, and nothing more to do."""
    async with asyncio.timeout(seconds):
        while (await db.fetch("SELECT count(*) FROM bills"))[0][0] < bills:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await settled(db, seconds)


async def acts(db: Database, action: str) -> int:
    """How often something was done, by the audit trail."""
    rows = await db.fetch("SELECT count(*) FROM audit_entries WHERE action = $1", action)
    return int(rows[0][0])
