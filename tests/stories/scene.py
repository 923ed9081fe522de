"""The API and a worker in one process, looking at one clock that is moved by hand."""

import csv
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.runners import RUNNERS
from jobs.schedule import enqueue_due
from jobs.services import Services
from models.actions import jobs
from models.actions.imports import ImportOptions, ImportResult, import_file
from models.actions.jobs import Claimant
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import JobKind
from tests.api.client import Client, open_client
from tests.rules.focus_rows import A_ROW


@dataclass
class Scene:
    """What happens, and when."""

    api: Client
    services: Services
    folder: Path

    def at(self, local: str) -> None:
        """Move the clock to a local time in Shanghai, as in 2026-03-05 01:00."""
        self.api.now = datetime.fromisoformat(f"{local}:00+08:00").astimezone(UTC)

    async def take(self, path: Path) -> ImportResult:
        """Import a file that is there."""
        options = ImportOptions(DEVELOPMENT_SECRET, rejects_folder=self.folder)
        return await import_file(self.services.db, path, options, now=self.api.now)

    async def post(self, name: str, rows: Iterable[Mapping[str, str]]) -> None:
        """Write a FOCUS file and import it; each row is new."""
        path, listed = self.folder / f"{name}.csv", list(rows)
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(A_ROW))
            table.writeheader()
            table.writerows({**A_ROW, "ResourceId": f"{name}-{i}", **row} for i, row in
                            enumerate(listed))  # fmt: skip
        result = await self.take(path)
        assert (result.added, result.rejected) == (len(listed), 0)

    async def work(self) -> list[str]:
        """Do everything that is due as a worker does it; the kinds of the jobs done."""
        now, db, done = self.api.now, self.services.db, []
        claimant = Claimant("worker", self.services.settings.lease, frozenset(JobKind))
        await enqueue_due(db, now=now)
        while claimed := await db.transact(jobs.claim, claimant, limit=9, now=now):
            for job in claimed:
                await RUNNERS[job.kind].run(self.services, job, lambda: now)
                done.append(job.kind.value)
        return sorted(done)

    async def do(self, verb: str, query: str, variables: dict[str, Any]) -> Any:
        """A mutation that is not refused; its payload."""
        payload = (await self.api.ask(query, variables))[verb]
        assert payload["userErrors"] == []
        return payload


@asynccontextmanager
async def open_scene(db: Database, database_url: str, folder: Path) -> AsyncIterator[Scene]:
    """A scene on a test's database and in its folder."""
    settings = Settings(database_url=database_url, data_dir=folder / "data")
    services = Services(db, settings, LocalFiles(settings.data_dir / "files"), SilentBell())
    async with open_client(database_url, settings.data_dir) as api:
        yield Scene(api, services, folder)
