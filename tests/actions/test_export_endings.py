"""Exports that their partner ends: cancelled in any state, or their files given up."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.actions.artefacts import Workshop
from models.actions.export_endings import cancel_export, remove_export_file
from models.actions.export_writing import expire_export, write_export
from models.actions.jobs import Claimant, ClaimedJob, claim
from models.adapters.database import Database
from models.adapters.files import Label, LocalFiles, NewFile
from models.rules.errors import BillingError, ErrorCode
from models.rules.jobs import JobKind
from models.rules.principals import Principal, Role
from models.tables.artefacts import ArtefactPart
from models.tables.audit import AuditEntry
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.builders import a_partner
from tests.exporting import (
    LEASE,
    NOW,
    TERMS,
    RequestedExport,
    a_billed_partner,
    a_workshop,
    asked,
    claimed,
    finance,
    left_in,
    run,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files go."""
    return tmp_path / "files"


async def cancelled(db: Database, partner: int = 1, export_id: int = 1) -> int:
    return await db.transact(cancel_export, finance(partner), export_id=export_id, now=NOW)


async def acts(action: str) -> int:
    return await AuditEntry.filter(action=action, object_id="exp_1").count()


async def test_queued_export_that_is_cancelled_is_never_written(db: Database, folder: Path) -> None:
    made = await asked(db, await a_billed_partner(db))
    assert await cancelled(db) == await cancelled(db) == made.job_id
    await run(db, LocalFiles(folder), await claimed(db, made))
    export = await ExportJob.get(id=1)
    assert (export.status, export.finished_at, export.object_key) == ("CANCELLED", NOW, None)
    assert (await Job.get(id=made.job_id)).status == "DONE"
    assert left_in(folder) == []
    assert await acts("CANCEL_EXPORT") == 1
    assert await acts("FINISH_EXPORT") == 0


class CancellingFiles(LocalFiles):
    """A file store in which an export is cancelled when the `at`-th file is begun."""

    def __init__(self, folder: Path, db: Database, *, at: int) -> None:
        super().__init__(folder)
        self._db, self._left = db, at
        self._loop = asyncio.get_running_loop()

    def create(self, key: str, label: Label | None = None) -> NewFile:
        self._left -= 1
        if self._left == 0:
            asyncio.run_coroutine_threadsafe(cancelled(self._db), self._loop).result()
        return super().create(key, label)


# Three parts of six rows at most, then the zip.
@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_running_export_that_is_cancelled_ends_without_a_file(
    db: Database, folder: Path, at: int
) -> None:
    made = await asked(db, await a_billed_partner(db))
    files = CancellingFiles(folder, db, at=at)
    await run(db, files, await claimed(db, made), rows_per_part=6)
    assert (await ExportJob.get(id=1)).status == "CANCELLED"
    assert (await Job.get(id=made.job_id)).status == "DONE"
    assert left_in(folder) == []
    assert await ArtefactPart.all().count() == 0
    assert await acts("FINISH_EXPORT") == 0


async def test_export_that_waits_for_another_attempt_is_cleared_away_at_once(
    db: Database, folder: Path
) -> None:
    made = await asked(db, await a_billed_partner(db))
    part = folder / "exports/exp_1/run-1-part-1.csv"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"of a run that failed")
    await ExportJob.all().update(status="RUNNING")
    await Job.filter(id=made.job_id).update(run_at=NOW + timedelta(hours=1))
    await cancelled(db)
    await run(db, LocalFiles(folder), await claimed(db, made))
    assert left_in(folder) == []


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "EXPIRED"])
async def test_export_that_is_over_cannot_be_cancelled(db: Database, status: str) -> None:
    await asked(db, await a_billed_partner(db))
    await ExportJob.all().update(status=status)
    with pytest.raises(BillingError) as refused:
        await cancelled(db)
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_STATE, ("exportId",))
    assert (await ExportJob.get(id=1)).status == status
    assert await acts("CANCEL_EXPORT") == 0


async def test_cancelling_and_finishing_at_once_have_one_winner(db: Database, folder: Path) -> None:
    partner = await a_billed_partner(db)
    outcomes = set()
    for number in range(1, 9):
        made = await asked(db, partner)
        job = await claimed(db, made)
        ended = asyncio.create_task(run(db, LocalFiles(folder), job))
        await asyncio.sleep(0.01 * number)
        answer = (await asyncio.gather(cancelled(db, partner, number), return_exceptions=True))[0]
        await ended
        export = await ExportJob.get(id=number)
        is_cancelled = not isinstance(answer, BaseException)
        assert export.status == ("CANCELLED" if is_cancelled else "SUCCEEDED")
        files = [name for name in left_in(folder) if f"/exp_{number}/" in name]
        assert files == ([] if is_cancelled else [export.object_key])
        assert (await Job.get(id=made.job_id)).status == "DONE"
        outcomes.add(export.status)
    assert outcomes <= {"CANCELLED", "SUCCEEDED"}


async def a_finished_export(db: Database, workshop: Workshop) -> RequestedExport:
    made = await asked(db, await a_billed_partner(db))
    await write_export(workshop, await claimed(db, made), terms=TERMS)
    return made


async def expiry(db: Database) -> ClaimedJob:
    claimant = Claimant("w", LEASE, frozenset({JobKind.EXPIRE_EXPORT}))
    [job] = await db.transact(claim, claimant, limit=9, now=NOW)
    return job


async def test_file_that_is_given_up_ends_at_once_and_is_removed(
    db: Database, folder: Path
) -> None:
    workshop = a_workshop(db, LocalFiles(folder), rows_per_part=6)
    await a_finished_export(db, workshop)
    giving_up: Any = {"export_id": 1, "now": NOW}
    assert await db.transact(remove_export_file, finance(1), **giving_up) is not None
    assert await db.transact(remove_export_file, finance(1), **giving_up) is None
    assert (await ExportJob.get(id=1)).expires_at == NOW
    await expire_export(workshop, await expiry(db))
    assert (await ExportJob.get(id=1)).status == "EXPIRED"
    assert left_in(folder) == []
    assert await db.transact(remove_export_file, finance(1), **giving_up) is None
    assert (await acts("REMOVE_EXPORT_FILE"), await acts("EXPIRE_EXPORT")) == (1, 1)


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "FAILED", "CANCELLED"])
async def test_export_without_a_file_has_none_to_give_up(db: Database, status: str) -> None:
    await asked(db, await a_billed_partner(db))
    await ExportJob.all().update(status=status)
    with pytest.raises(BillingError) as refused:
        await db.transact(remove_export_file, finance(1), export_id=1, now=NOW)
    assert refused.value.code is ErrorCode.INVALID_STATE
    assert await Job.filter(kind="EXPIRE_EXPORT").count() == 0


@pytest.mark.parametrize("verb", [cancel_export, remove_export_file])
async def test_export_of_another_partner_is_not_there(db: Database, verb: Any) -> None:
    await asked(db, await a_billed_partner(db))
    other = await a_partner(db, name="Other")
    answers = []
    for export_id in (1, 99):
        with pytest.raises(BillingError) as refused:
            await db.transact(verb, finance(other), export_id=export_id, now=NOW)
        answers.append((refused.value.code, refused.value.message, refused.value.path))
    assert answers[0] == answers[1]
    assert answers[0][0] is ErrorCode.NOT_FOUND
    assert (await ExportJob.get(id=1)).status == "QUEUED"


@pytest.mark.parametrize("verb", [cancel_export, remove_export_file])
@pytest.mark.parametrize("role", [r for r in Role if r not in {"PARTNER_FINANCE", "PARTNER_ADMIN"}])
async def test_other_roles_may_not_end_an_export(db: Database, verb: Any, role: Role) -> None:
    partner = await a_billed_partner(db)
    await asked(db, partner)
    who = Principal("bob", role, partner if role is Role.PARTNER_VIEWER else None)
    with pytest.raises(BillingError) as refused:
        await db.transact(verb, who, export_id=1, now=NOW)
    assert refused.value.code is ErrorCode.FORBIDDEN
