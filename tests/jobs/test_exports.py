"""Exports in real workers: killed in the middle, and removed when their time is over."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path
from select import select

import pytest

from jobs.runners import RUNNERS
from jobs.schedule import enqueue_due
from jobs.services import Services
from models.actions.bills import issue_bills
from models.actions.jobs import Claimant, claim
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.exports import ExportFormat, extension
from models.rules.jobs import JobKind
from models.tables.artefacts import ArtefactPart
from models.tables.audit import AuditEntry
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.builders import some_charges
from tests.exporting import (
    KEPT,
    LEASE,
    NOW,
    a_billed_partner,
    asked,
    claimed,
    exported,
    left_in,
    run,
)

ANN = Claimant("ann", LEASE, frozenset(JobKind))
MANY = 1_000
ROWS_PER_PART = 400


async def a_worker(database_url: str, data: Path) -> Process:
    environment = os.environ | {
        "BILLS_DATABASE_URL": database_url,
        "BILLS_DATA_DIR": str(data),
        "BILLS_REDIS_URL": "",
        "BILLS_LEASE_SECONDS": "1",
        "BILLS_SWEEP_SECONDS": "0.1",
        "BILLS_ROWS_PER_PART": str(ROWS_PER_PART),
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


async def nothing_left_to_do() -> None:
    async with asyncio.timeout(60):
        while await Job.exclude(status="DONE").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def a_large_partner(db: Database) -> int:
    partner = await a_billed_partner(db)
    rows = [{"cycle": "2026-02", "currency": "EUR", "resource": f"vm-{n}"} for n in range(MANY)]
    await some_charges(db, partner, rows)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    return partner


@contextmanager
def a_narrow_pipe(place: Path) -> Iterator[int]:
    """A pipe nobody reads, in which a writer stands still once it is full."""
    place.parent.mkdir(parents=True)
    os.mkfifo(place)
    pipe = os.open(place, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl(pipe, F_SETPIPE_SZ, 4096)
        yield pipe
    finally:
        os.close(pipe)


async def begun(pipe: int) -> None:
    """Wait for the pipe to be full."""
    async with asyncio.timeout(60):
        while select([], [pipe], [], 0)[1]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_export_of_a_killed_worker_is_finished_once_by_another(
    db: Database, database_url: str, tmp_path: Path, file_format: ExportFormat
) -> None:
    partner = await a_large_partner(db)
    made = await asked(db, partner, format=file_format)
    folder, end = tmp_path / "data" / "files", extension(file_format)
    with a_narrow_pipe(folder / f"exports/exp_1/.run-1-part-2.{end}.part") as pipe:
        first = await a_worker(database_url, tmp_path / "data")
        await begun(pipe)
        await ended(first, signal.SIGKILL)
    assert (await ExportJob.get(id=1)).status == "RUNNING"
    [part] = await ArtefactPart.all()
    assert (part.number, part.rows) == (1, ROWS_PER_PART)
    second = await a_worker(database_url, tmp_path / "data")
    export = await finished()
    await nothing_left_to_do()
    await ended(second, signal.SIGTERM)
    assert export.object_key == "exports/exp_1/run-2.zip"
    assert left_in(folder) == [export.object_key]
    assert left_in(tmp_path / "data" / "making") == []
    job = await Job.get(id=made.job_id)
    assert (job.status, job.run, job.lost_runs, job.failures) == ("DONE", 2, 1, 0)
    assert await AuditEntry.filter(action="FINISH_EXPORT", object_id="exp_1").count() == 1
    # The same export again, by nobody who is killed.
    await ExportJob.all().update(status="QUEUED")
    await Job.filter(id=made.job_id).update(status="QUEUED")
    undisturbed = LocalFiles(tmp_path / "again")
    await run(db, undisturbed, await claimed(db, made), rows_per_part=ROWS_PER_PART)
    assert (await ExportJob.get(id=1)).sha256 == export.sha256


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
