"""A partner's month, done by the schedule and the worker's own table of verbs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from jobs.runners import RUNNERS
from jobs.schedule import enqueue_due
from jobs.services import Services
from models.actions import jobs
from models.actions.jobs import Claimant, ClaimedJob, Superseded
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import BACK_OFF, JobKind
from models.tables.bills import Bill
from models.tables.estimates import Estimate
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.builders import a_charge, a_partner
from tests.exporting import asked

OPENING = datetime(2026, 3, 4, 17, tzinfo=UTC)
LEASE = timedelta(seconds=20)
ANN = Claimant("ann", LEASE, frozenset(JobKind))


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    return Services(db, Settings(), LocalFiles(tmp_path), SilentBell())


async def work(services: Services, now: datetime) -> list[str]:
    """Everything that is due; the kinds of the jobs that were done."""
    await enqueue_due(services.db, now=now)
    done = []
    while claimed := await services.db.transact(jobs.claim, ANN, limit=9, now=now):
        for job in claimed:
            await RUNNERS[job.kind].run(services, job, lambda: now)
            done.append(job.kind.value)
    return done


async def test_month_is_estimated_issued_and_issued_again_by_the_worker(
    services: Services,
) -> None:
    partner = await a_partner(services.db)
    await a_charge(services.db, partner, "7.00")
    assert await work(services, OPENING - timedelta(days=1)) == ["ESTIMATE"]
    assert await work(services, OPENING) == ["ISSUE_BILLS"]
    assert await work(services, OPENING + timedelta(minutes=1)) == []
    await a_charge(services.db, partner, "5.00")
    assert await work(services, OPENING + timedelta(minutes=2)) == ["REISSUE_BILL"]
    assert [(bill.cycle, bill.version) for bill in await Bill.all()] == [("2026-02", 2)]
    assert [str(estimate.as_of) for estimate in await Estimate.all()] == ["2026-03-04"]
    assert {job.status for job in await Job.all()} == {"DONE"}


@pytest.mark.parametrize(("hours", "late"), [(10, []), (11, [2])])
async def test_bills_after_the_deadline_are_in_the_log(
    services: Services, hours: int, late: list[int]
) -> None:
    partner = await a_partner(services.db)
    for currency in ("USD", "JPY"):
        await a_charge(services.db, partner, currency=currency)
    with capture_logs() as logs:
        await work(services, OPENING + timedelta(hours=hours))
    assert [e["bills"] for e in logs if e["event"] == "bills_issued_late"] == late


async def test_reissue_of_a_disputed_bill_comes_back_when_the_dispute_is_over(
    services: Services,
) -> None:
    partner = await a_partner(services.db)
    await a_charge(services.db, partner)
    await work(services, OPENING)
    await a_charge(services.db, partner)
    now = OPENING + timedelta(hours=1)
    await enqueue_due(services.db, now=now)
    await Bill.all().update(status="DISPUTED")
    assert await work(services, now) == ["REISSUE_BILL"]
    assert await work(services, now) == []
    await Bill.all().update(status="ISSUED")
    assert await work(services, now) == ["REISSUE_BILL"]
    assert [bill.version for bill in await Bill.all()] == [2]


@pytest.mark.parametrize("kind", ["ISSUE_BILLS", "ESTIMATE"])
async def test_effect_of_a_superseded_worker_does_not_stay(services: Services, kind: str) -> None:
    partner = await a_partner(services.db)
    await a_charge(services.db, partner)
    now = OPENING if kind == "ISSUE_BILLS" else OPENING - timedelta(days=1)
    await enqueue_due(services.db, now=now)
    [stale] = await services.db.transact(jobs.claim, ANN, limit=1, now=now)
    assert stale.kind == kind
    await services.db.transact(jobs.claim, ANN, limit=1, now=now + LEASE)
    with pytest.raises(Superseded):
        await RUNNERS[stale.kind].run(services, stale, lambda: now)
    assert await Bill.all().count() == 0
    assert await Estimate.all().count() == 0


async def test_export_whose_job_is_given_up_says_why(services: Services) -> None:
    partner = await a_partner(services.db)
    await a_charge(services.db, partner)
    await work(services, OPENING)
    export = await asked(services.db, partner)
    await Job.filter(id=export.job_id).update(failures=len(BACK_OFF))
    now = OPENING + timedelta(days=9)
    job = await services.db.transact(jobs.claim_one, ANN, job_id=export.job_id, now=now)
    assert isinstance(job, ClaimedJob)
    on_parked = RUNNERS[JobKind.EXPORT].on_parked
    assert on_parked is not None
    await services.db.transact(on_parked, job, "Unavailable: The disk is full.", now)
    [row] = await ExportJob.all()
    assert (row.status, row.error) == ("FAILED", "The disk is full.")
