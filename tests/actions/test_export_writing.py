"""Writing that fails, is killed or is overtaken: a whole file or none, and never two."""

import asyncio
import itertools
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.actions.export_writing import write_export
from models.actions.jobs import ClaimedJob, Superseded
from models.adapters.database import Database
from models.adapters.files import Label, LocalFiles, NewFile
from models.rules.errors import BillingError, Conflict, ErrorCode, Unavailable
from models.rules.exports import ExportView
from models.tables.bills import BillVersion
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.exporting import (
    NOW,
    TERMS,
    a_billed_partner,
    a_workshop,
    asked,
    claimed,
    exported,
    left_in,
    run,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files go."""
    return tmp_path / "files"


async def refused(db: Database, files: LocalFiles, job: ClaimedJob) -> BillingError:
    with pytest.raises(BillingError) as failed:
        await run(db, files, job)
    return failed.value


@pytest.mark.parametrize(
    ("view", "column"),
    [
        (ExportView.BY_PRODUCT, "settlement"),
        (ExportView.BY_CUSTOMER, "settlement"),
        (ExportView.DETAILS, "settlement"),
        (ExportView.DETAILS, "charge_count"),
    ],
)
async def test_bill_that_does_not_add_up_is_not_offered(
    db: Database, folder: Path, view: ExportView, column: str
) -> None:
    made = await asked(db, await a_billed_partner(db), view=view)
    version = await BillVersion.get(id=2)
    await BillVersion.filter(id=2).update(**{column: getattr(version, column) + 1})
    failure = await refused(db, LocalFiles(folder), await claimed(db, made))
    assert isinstance(failure, Conflict)
    assert failure.code is ErrorCode.BILL_OUT_OF_BALANCE
    assert failure.message.startswith("bil_2, version 1: ")
    export = await ExportJob.get(id=made.export_id)
    assert (export.status, export.object_key) == ("RUNNING", None)
    assert left_in(folder) == []


async def test_full_disk_fails_the_run_and_leaves_nothing(db: Database, folder: Path) -> None:
    made = await asked(db, await a_billed_partner(db))
    part = folder / "exports/exp_1/.run-1-part-1.csv.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    failure = await refused(db, LocalFiles(folder), await claimed(db, made))
    assert (type(failure), failure.code) == (Unavailable, ErrorCode.STORAGE_FULL)
    assert left_in(folder) == []


async def test_writer_that_lost_its_job_cannot_tear_the_good_file(
    db: Database, folder: Path
) -> None:
    files = LocalFiles(folder)
    made = await asked(db, await a_billed_partner(db))
    slow = await claimed(db, made, "slow")
    await Job.all().update(status="QUEUED", owner=None)
    quick = await claimed(db, made, "quick")
    await run(db, files, quick)
    good = await ExportJob.get(id=made.export_id)
    with pytest.raises(Superseded):
        await run(db, files, slow)
    assert dict(await ExportJob.get(id=made.export_id)) == dict(good)
    assert left_in(folder) == [good.object_key]


async def test_run_after_a_killed_one_cleans_up_and_writes_the_same(
    db: Database, folder: Path
) -> None:
    files = LocalFiles(folder)
    made = await asked(db, await a_billed_partner(db))
    await claimed(db, made)
    (folder / "exports/exp_1").mkdir(parents=True)
    (folder / "exports/exp_1/.run-1-part-1.csv.part").write_bytes(b"half of it")
    await Job.all().update(status="QUEUED", owner=None)
    await run(db, files, await claimed(db, made))
    export = await ExportJob.get(id=made.export_id)
    assert [export.object_key] == left_in(folder) == ["exports/exp_1/run-2-part-1.csv"]
    again = await exported(db, folder, export.partner_id)
    assert again.job.sha256 == export.sha256


async def test_job_of_an_export_that_is_over_is_done_without_a_file(
    db: Database, folder: Path
) -> None:
    made = await asked(db, await a_billed_partner(db))
    await ExportJob.all().update(status="CANCELLED")
    await run(db, LocalFiles(folder), await claimed(db, made))
    assert (await Job.get(id=made.job_id)).status == "DONE"
    assert left_in(folder) == []


class WatchedFiles(LocalFiles):
    """Says what it is told to do, and waits a little with every write."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.events: list[str] = []

    def create(self, key: str, label: Label | None = None) -> NewFile:
        file = super().create(key, label)
        write, close = file.write, file.close

        def slow_write(data: bytes) -> None:
            time.sleep(0.2)
            write(data)
            self.events.append("written")

        def noted_close() -> None:
            self.events.append("closed")
            close()

        file.write, file.close = slow_write, noted_close  # type: ignore[method-assign]
        return file


async def test_cancelled_writer_lets_its_thread_end_before_it_closes_the_file(
    db: Database, folder: Path
) -> None:
    files = WatchedFiles(folder)
    job = await claimed(db, await asked(db, await a_billed_partner(db)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run(db, files, job), 0.3)
    assert files.events[-2:] == ["written", "closed"]
    assert left_in(folder) == []


async def test_progress_is_told_while_the_file_is_written(db: Database, folder: Path) -> None:
    made = await asked(db, await a_billed_partner(db))
    ticks = itertools.count()
    seen = set()

    async def watch() -> None:
        while True:
            export = await ExportJob.get(id=made.export_id)
            seen.add((export.status, export.rows_done, export.rows_total))
            await asyncio.sleep(0.01)

    def clock() -> datetime:
        return NOW + timedelta(seconds=next(ticks))

    job = await claimed(db, made)
    watching = asyncio.create_task(watch())
    workshop = a_workshop(db, WatchedFiles(folder), now=clock)
    await write_export(workshop, job, terms=TERMS)
    watching.cancel()
    assert {("QUEUED", 0, None), ("RUNNING", 0, 16), ("RUNNING", 7, 16)} <= seen
