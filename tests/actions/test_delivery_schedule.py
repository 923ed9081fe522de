"""Scheduling the files of a day: which rows there are, and what is fixed in them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.schedule import enqueue_due
from models.actions.bills import issue_bills
from models.actions.delivery_schedule import Days, schedule_deliveries
from models.actions.estimates import take_estimates
from models.actions.storage_enabling import change_bucket
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.jobs import JobKind
from models.tables.bills import Bill
from models.tables.deliveries import Delivery
from models.tables.estimates import Estimate
from models.tables.jobs import Job
from models.tables.partners import Partner
from models.tables.storage import BillStorage
from tests.builders import a_partner, some_charges
from tests.delivering import a_mailroom, add_billing_accounts
from tests.storing import a_bucket, admin

DAY = timedelta(days=1)
ENABLED = datetime(2026, 4, 6, 3, tzinfo=UTC)
SEVENTH = datetime(2026, 4, 6, 16, tzinfo=UTC)  # midnight of 7 April in Shanghai
SCHEDULING = frozenset({JobKind.SCHEDULE_DELIVERIES, JobKind.ESTIMATE})


def own(cycle: str = "2026-04", **changes: Any) -> dict[str, Any]:
    return {"kind": "SELF_USE", "cycle": cycle, "account": "100", **changes}


async def keys() -> list[str]:
    return [row.key for row in await Delivery.all().order_by("id")]


async def test_files_are_scheduled_once_a_day_from_the_day_after_enabling(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(db, room.partner, [own()])
    assert await room.work(kinds=SCHEDULING) == []
    assert await keys() == []
    room.now = SEVENTH - timedelta(microseconds=1)
    await room.work(kinds=SCHEDULING)
    assert await keys() == []
    room.now = SEVENTH
    for _ in range(3):
        await room.work(kinds=SCHEDULING)
        room.now += timedelta(hours=7)
    assert await keys() == ["DAILY:2026-04-07:100"]
    [row] = await Delivery.all()
    assert (row.first_day, row.last_day) == (date(2026, 4, 1), date(2026, 4, 5))
    assert (row.due_at, row.cycle, row.status) == (SEVENTH, "2026-04", "SCHEDULED")
    assert (row.is_provisional, row.file_name, row.bill_id) == (True, None, None)
    [job] = await Job.filter(kind="DELIVER")
    assert (job.key, job.arguments) == (f"deliver:{row.id}", {"delivery_id": row.id})
    assert job.run_at == SEVENTH


async def test_worker_that_was_down_schedules_every_day_that_it_missed(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path, own=("sub",))
    await db.transact(add_billing_accounts, room.partner, "200")
    await some_charges(db, room.partner, [own()])
    room.now = SEVENTH + 99 * DAY
    await room.work(kinds=SCHEDULING)
    rows = await Delivery.all()
    assert len(rows) == 3 * (100 + 3)
    daily = {(row.account, row.due_at) for row in rows if row.kind == "DAILY"}
    assert daily == {(a, SEVENTH + n * DAY) for a in ("100", "200", "sub") for n in range(100)}
    monthly = sorted({str(row.due_at.date() + DAY) for row in rows if row.kind == "MONTHLY"})
    assert monthly == ["2026-05-02", "2026-06-02", "2026-07-02"]
    [storage] = await BillStorage.all()
    assert storage.scheduled_through == date(2026, 7, 15)
    assert await Job.filter(kind="SCHEDULE_DELIVERIES").count() == 1


async def test_partner_without_own_use_gets_no_files(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(db, room.partner, [{"cycle": "2026-04"}, own("2026-05")])
    room.now = SEVENTH + 3 * DAY
    await room.work(kinds=SCHEDULING)
    assert await keys() == []


async def test_partner_without_bill_storage_is_not_asked_about(db: Database) -> None:
    partner = await a_partner(db)
    await some_charges(db, partner, [own()])
    assert await enqueue_due(db, now=SEVENTH) == 1
    assert [job.kind for job in await Job.all()] == ["ESTIMATE"]
    assert await db.transact(schedule_deliveries, partner, Days(date(2026, 4, 7), 2), now=SEVENTH)


async def test_daily_file_goes_as_far_as_the_estimate_of_its_days(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    early = await some_charges(db, room.partner, [own(), own(currency="CNY")])
    room.now = SEVENTH - DAY
    await db.transact(take_estimates, partner_id=room.partner, as_of=date(2026, 4, 6), now=room.now)
    late = await some_charges(db, room.partner, [own(), own(currency="JPY")])
    room.now = SEVENTH
    await room.work(kinds=SCHEDULING)
    [row] = await Delivery.all()
    assert row.through_posting == {
        "CNY": {"posting": early, "version": None},
        "JPY": {"posting": late, "version": None},
        "USD": {"posting": early, "version": None},
    }


async def test_with_a_lag_of_one_day_todays_estimate_is_taken_first(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    room.lag_days = 1
    await some_charges(db, room.partner, [own(amount="3")])
    room.now = SEVENTH
    await room.work(kinds=frozenset({JobKind.SCHEDULE_DELIVERIES}))
    [row] = await Delivery.all()
    assert row.last_day == date(2026, 4, 6)
    [estimate] = await Estimate.all()
    assert estimate.data_through == row.last_day
    assert row.through_posting["USD"]["posting"] == estimate.through_posting


async def test_monthly_file_has_the_bill_once_that_is_issued(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path)
    billed = await some_charges(db, room.partner, [own(), {"cycle": "2026-04"}])
    room.now = datetime(2026, 5, 5, 3, tzinfo=UTC)
    await db.transact(issue_bills, partner_id=room.partner, cycle="2026-04", now=room.now)
    bill = await Bill.get(kind="SELF_USE")
    await some_charges(db, room.partner, [own()])
    await room.work(kinds=SCHEDULING)
    monthly = await Delivery.get(kind="MONTHLY")
    assert monthly.through_posting == {"USD": {"posting": billed, "version": bill.version_id}}
    assert monthly.is_provisional is False
    # A daily file never has more than the bill: what comes later may be moved to another month.
    daily = await Delivery.get(key="DAILY:2026-05-02:100")
    assert daily.through_posting == {"USD": {"posting": billed, "version": None}}
    assert daily.is_provisional is True


async def test_bucket_that_is_given_up_in_the_day_had_its_files_at_midnight(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(db, room.partner, [own()])
    ada = admin(room.partner)
    stopped = SEVENTH + timedelta(hours=9)
    await db.transact(disable_storage, ada, storage_id=room.partner, now=stopped)
    room.now = stopped + 5 * DAY
    assert await room.work() == ["DONE"]
    assert await keys() == ["DAILY:2026-04-07:100"]
    [row] = await Delivery.all()
    assert (row.status, row.attempts, row.file_name) == ("SKIPPED", 0, None)
    assert room.there().objects == {}
    room.now += DAY
    assert await enqueue_due(db, now=room.now) <= 1


async def test_change_of_bucket_takes_effect_with_the_next_midnight(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    room.bucket("other")
    await some_charges(db, room.partner, [own()])
    room.now = SEVENTH
    await room.work()
    bucket = a_bucket(0, "other", None)
    room.now = SEVENTH + timedelta(hours=9)
    await db.transact(change_bucket, admin(room.partner), room.partner, bucket, now=room.now)
    before = room.there()
    for _ in range(2):
        room.now += timedelta(hours=15)
        await room.work()
    assert room.there() == before
    assert len(before.files) == len(room.there("other").files) == 1


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
async def test_day_begins_at_the_partners_midnight(db: Database, tmp_path: Path, zone: str) -> None:
    room = await a_mailroom(db, tmp_path, time_zone=zone)
    await some_charges(db, room.partner, [own()])
    partner = await Partner.get(id=room.partner)
    assert partner.time_zone == zone
    for hour in range(49):
        room.now = ENABLED + timedelta(hours=hour)
        await room.work(kinds=SCHEDULING)
        rows = await Delivery.filter(kind="DAILY")
        assert all(row.due_at <= room.now < row.due_at + 2 * DAY for row in rows)
    assert len(await keys()) == 2
