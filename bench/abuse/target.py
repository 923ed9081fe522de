"""The server that is attacked: a real process, as in production, on a database with a month."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from models.adapters.database import open_database
from models.adapters.migrate import migrate
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.tokens import mint
from models.rules.principals import Principal, Role
from tests.api.month import a_month

START_SECONDS = 120
DATABASE = "bills.sqlite3"
# What production switches off; the rest of production is about how a server is reached.
SWITCHES = {"BILLS_INTROSPECTION": "false", "BILLS_GRAPHIQL": "false"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where it listens, its process, and the number of the partner who has a bill, `bil_1`."""

    port: int
    process: int
    partner: int
    log: Path

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self.port}"

    def bearer(self, subject: str) -> str:
        """The Authorization of somebody in the partner's finance team."""
        who = Principal(subject, Role.PARTNER_FINANCE, self.partner)
        now = datetime.now(UTC)
        token = mint(who, secret=DEVELOPMENT_SECRET, now=now, lifetime=timedelta(hours=2))
        return f"Bearer {token}"

    def open(self, timeout: float = 60) -> httpx2.Client:
        """A client of it."""
        return httpx2.Client(base_url=self.url, timeout=timeout)

    def rss_mib(self) -> float:
        """The memory that the process holds now, in MiB."""
        pages = Path(f"/proc/{self.process}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Target]:
    """A server for as long as the block runs; `settings` by their names in the environment.

    Its database is made in the folder, unless there is a migrated one already.
    """
    url = f"sqlite://{folder / DATABASE}"
    partner = asyncio.run(_filled(url))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BILLS_")}
    chosen = {"BILLS_DATABASE_URL": url, "BILLS_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-m", "jobs", "serve", "--port", str(port)]
    log = folder / "server.log"
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, env=ours | chosen | SWITCHES | settings, stdout=said, stderr=said
        )
    try:
        target = Target(port, process.pid, partner, log)
        _await(target, process)
        yield target
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _filled(url: str) -> int:
    await migrate(url)
    async with open_database(url, readers=1, writers=1) as db:
        return (await a_month(db)).partner


def _await(target: Target, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    with target.open() as http:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended at its start; see {target.log}")
            try:
                http.get("/healthz")
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return
    raise TimeoutError("the server did not come up")
