"""What the tests of the inbox share: an inbox in a folder, and what became of its files."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from jobs.inbox import look_in_inbox
from jobs.runners import RUNNERS
from jobs.services import Services
from models.actions.jobs import Claimant, claim
from models.adapters.database import Database
from models.adapters.file_places import open_files
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import JobKind
from tests.actions.importing import NOW, a_file

LATER = NOW + timedelta(minutes=5)
COLUMNS = "object_key, status, rows, rejected, failure"


def services_for(db: Database, folder: Path, **settings: Any) -> Services:
    """Everything that runs outside a request, its files in a folder."""
    chosen = Settings(data_dir=folder, **settings)
    return Services(db, chosen, open_files(chosen), SilentBell())


def put(folder: Path, name: str, rows: Iterable[Mapping[str, str]] = ({},)) -> Path:
    """Put a file of charges in the inbox, as if some time ago."""
    path = folder / "files" / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return settled(a_file(path, rows))


def settled(path: Path, at: datetime = NOW) -> Path:
    """Let a file be unchanged since then."""
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


async def look(services: Services, now: datetime = LATER) -> int:
    """Look for new files."""
    return await look_in_inbox(services, now)


async def run_imports(services: Services, now: datetime = LATER) -> None:
    """Do all jobs that import from the inbox, as a worker does."""
    claimant = Claimant("w1", timedelta(minutes=1), frozenset({JobKind.IMPORT_FILE}))
    with structlog.testing.capture_logs():
        while found := await services.db.transact(claim, claimant, limit=10, now=now):
            for job in found:
                await RUNNERS[job.kind].run(services, job, lambda: now)


async def inbox(db: Database, columns: str = COLUMNS) -> list[tuple[Any, ...]]:
    """What is noted of the files, in the order in which they were seen."""
    rows = await db.fetch(f"SELECT {columns} FROM inbox_files ORDER BY id")
    return [tuple(row) for row in rows]
