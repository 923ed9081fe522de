"""A worker that is killed at any moment while it imports from the inbox."""

import asyncio
from pathlib import Path

from models.adapters.database import Database
from tests.actions.importing import a_file, a_registered_partner, count
from tests.jobs.inboxes import settled
from tests.stories.processes import Installation

ROWS = 30_000


async def _until_running(db: Database) -> None:
    async with asyncio.timeout(60):
        while not await db.fetch("SELECT 1 FROM jobs WHERE status = 'RUNNING'"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _until_done(db: Database) -> None:
    async with asyncio.timeout(120):
        while await db.fetch("SELECT 1 FROM inbox_files WHERE status = 'SEEN'"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_file_is_imported_once_however_often_its_worker_is_killed(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    place = Installation(database_url, "", tmp_path)
    inbox = place.files / "inbox"
    inbox.mkdir(parents=True)
    settled(a_file(inbox / "a.csv", ({"BilledCost": f"{n}.5"} for n in range(ROWS))))
    for delay in (0.0, 0.3, 0.8, 1.5):
        async with place.worker() as worker:
            await _until_running(db)
            await asyncio.sleep(delay)
            worker.kill()
            await worker.wait()
            if await count(db) == ROWS:
                break
    async with place.worker():
        await _until_done(db)
    [row] = await db.fetch("SELECT status, rows, import_id, failure FROM inbox_files")
    assert tuple(row) == ("IMPORTED", ROWS, 1, None)
    assert (await count(db), await count(db, "imports")) == (ROWS, 1)
    [amount] = await db.fetch(f"SELECT {db.dialect.sum('amount')} AS total FROM charges")
    assert float(amount["total"]) == sum(n + 0.5 for n in range(ROWS))
    assert list((tmp_path / "data" / "making").iterdir()) == []
