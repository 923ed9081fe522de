"""Exports in real workers: killed in the middle, and removed when their time is over."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from datetime import timedelta
from pathlib import Path

from jobs.runners import RUNNERS
from jobs.schedule import enqueue_due
from jobs.services import Services
from models.actions.bills import issue_bills
from models.actions.jobs import Claimant, claim
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import JobKind
from models.tables.audit import AuditEntry
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.builders import some_charges
from tests.exporting import KEPT, LEASE, NOW, a_billed_partner, asked, exported

ANN = Claimant("ann", LEASE, frozenset(JobKind))
# More than a pipe holds, so that a writer into a pipe nobody reads stands still in the middle.
MANY = 1_000


async def a_worker(database_url: str, data: Path) -> Process:
    environment = os.environ | {
        "BILLS_DATABASE_URL": database_url,
        "BILLS_DATA_DIR": str(data),
        "BILLS_REDIS_URL": "",
        "BILLS_LEASE_SECONDS": "1",
        "BILLS_SWEEP_SECONDS": "0.1",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jobs", "worker", stdout=DEVNULL, env=environment
    )


async def ended(worker: Process, number: signal.Signals) -> None:
    worker.send_signal(number)
    await asyncio.wait_for(worker.wait(), 30)


async def finished() -> ExportJob:
    async with asyncio.timeout(60):
        while (export := await ExportJob.get(id=1)).status != "SUCCEEDED":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return export


async def a_large_partner(db: Database) -> int:
    partner = await a_billed_partner(db)
    rows = [{"cycle": "2026-02", "currency": "EUR", "resource": f"vm-{n}"} for n in range(MANY)]
    await some_charges(db, partner, rows)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    return partner


async def test_export_of_a_killed_worker_is_finished_once_by_another(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    partner = await a_large_partner(db)
    made = await asked(db, partner)
    folder = tmp_path / "data" / "files"
    pipe = folder / "exports/exp_1/.run-1.csv.part"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    first = await a_worker(database_url, tmp_path / "data")
    with await asyncio.to_thread(pipe.open, "rb") as begun:
        assert await asyncio.to_thread(begun.read, 5) == b"cycle"
        await ended(first, signal.SIGKILL)
    assert (await ExportJob.get(id=1)).status == "RUNNING"
    second = await a_worker(database_url, tmp_path / "data")
    export = await finished()
    await ended(second, signal.SIGTERM)
    assert export.object_key == "exports/exp_1/run-2.csv"
    assert [path.name for path in folder.rglob("*.*")] == ["run-2.csv"]
    assert export.sha256 == (await exported(db, tmp_path / "again", partner)).job.sha256
    job = await Job.get(id=made.job_id)
    assert (job.status, job.run, job.lost_runs, job.failures) == ("DONE", 2, 1, 0)
    assert await AuditEntry.filter(action="FINISH_EXPORT", object_id="exp_1").count() == 1


async def test_file_is_removed_when_its_time_is_over(db: Database, tmp_path: Path) -> None:
    partner = await a_billed_partner(db)
    await exported(db, tmp_path, partner)
    services = Services(db, Settings(), LocalFiles(tmp_path), SilentBell())
    later = NOW + KEPT
    done = []
    for now in (later - timedelta(microseconds=1), later, later, later + timedelta(days=1)):
        await enqueue_due(db, now=now)
        for job in await db.transact(claim, ANN, limit=9, now=now):
            await RUNNERS[job.kind].run(services, job, lambda now=now: now)
            done.append((job.kind.value, now))
    assert [at for kind, at in done if kind == "EXPIRE_EXPORT"] == [later]
    export = await ExportJob.get(id=1)
    assert (export.status, export.rows_done) == ("EXPIRED", 16)
    assert not (tmp_path / str(export.object_key)).exists()
    assert await AuditEntry.filter(action="EXPIRE_EXPORT").count() == 1
