"""The composition root of everything that runs outside a request, and what a job is handed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.actions.artefacts import Workshop
from models.actions.jobs import ClaimedJob
from models.adapters.database import Database, Tx, open_database
from models.adapters.file_places import open_files
from models.adapters.files import FileStore
from models.adapters.gateways import Gateway, open_gateway
from models.adapters.queue import Bell, open_bell
from models.adapters.settings import Settings
from models.adapters.tracing import Tracing

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Services:
    """The outside world, opened once for a process."""

    db: Database
    settings: Settings
    files: FileStore
    bell: Bell
    gateway: Gateway | None = None
    tracing: Tracing | None = None

    def workshop(self, now: Clock) -> Workshop:
        """Where files are made."""
        settings = self.settings
        folder = settings.data_dir / "making"
        return Workshop(self.db, self.files, folder, settings.rows_per_part, now)


@asynccontextmanager
async def open_services(
    settings: Settings, tracing: Tracing | None = None
) -> AsyncIterator[Services]:
    """Open what the settings name, and give it back at the end; `tracing` stays its opener's."""
    if isinstance(settings.files_place, Path):
        # A folder that is gone later is then told from one that nothing was put into yet.
        with suppress(OSError):
            settings.files_place.mkdir(parents=True, exist_ok=True)
    async with (
        open_database(
            settings.database,
            readers=settings.read_connections,
            writers=settings.write_connections,
        ) as db,
        open_bell(settings.redis_url) as bell,
    ):
        yield Services(db, settings, open_files(settings), bell, open_gateway(settings), tracing)


@dataclass(frozen=True, slots=True)
class Runner:
    """How one kind of job is done.

    `run` calls one system verb, whose last statement is `complete`. `on_parked`, where there is
    something to tell, runs in the transaction that gives the job up, with the reason.
    """

    run: Callable[[Services, ClaimedJob, Clock], Awaitable[None]]
    on_parked: Callable[[Tx, ClaimedJob, str, datetime], Awaitable[None]] | None = None
