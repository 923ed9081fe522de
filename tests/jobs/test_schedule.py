"""What is due and not done: caught up after any pause, put in once, in every time zone."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from jobs.schedule import enqueue_due
from models.actions.postings import Billable, mark_billed, mark_posted
from models.adapters.database import Database, Tx
from models.rules.cutoffs import issue_window
from models.rules.months import BillingMonth, billing_zone
from models.tables.bills import Bill, BillVersion
from models.tables.jobs import Job
from tests.builders import a_partner

MICROSECOND = timedelta(microseconds=1)


def opening(cycle: str, zone: str = "Asia/Shanghai") -> datetime:
    return issue_window(BillingMonth.parse(cycle), billing_zone(zone)).opens


async def post(
    db: Database, partner: int, *cycles: str, currency: str = "USD", posting: int = 1
) -> None:
    billables = [Billable(cycle, "RESELLER", currency) for cycle in cycles]
    await db.transact(mark_posted, partner, billables, posting=posting)


async def issue(
    db: Database, partner: int, cycle: str, *, through: int = 1, status: str = "ISSUED"
) -> int:
    """A bill as issuing would leave it, except for `mark_billed`; its id."""
    at = opening(cycle)
    zero = Decimal(0)
    amounts = (
        "expenditures refunds adjustments settlement coupons rounding tax bill_amount amount_due"
        " credit"
    )

    async def write(tx: Tx) -> int:
        bill = await Bill.create(
            partner_id=partner, cycle=cycle, kind="RESELLER", currency="USD", status=status,
            version=1, version_id=0, paid=zero, is_late=False, issued_at=at, due_at=at,
        )  # fmt: skip
        version = await BillVersion.create(
            bill_id=bill.id, partner_id=partner, number=1, reason="ISSUED", charge_count=1,
            through_posting=through, customer_count=1, digest="", previous_digest="",
            currency="USD",
            created_at=at, **dict.fromkeys(amounts.split(), zero),
        )  # fmt: skip
        await Bill.filter(id=bill.id).update(version_id=version.id)
        return int(bill.id)

    return await db.transact(write)


async def keys(prefix: str = "issue") -> list[str]:
    found = await Job.filter(key__startswith=f"{prefix}:").order_by("run_at", "id")
    return [job.key.removeprefix(f"{prefix}:") for job in found]


async def test_bill_is_put_in_when_its_window_opens_and_not_before(db: Database) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2026-02")
    await enqueue_due(db, now=opening("2026-02") - MICROSECOND)
    assert await keys() == []
    await enqueue_due(db, now=opening("2026-02"))
    [job] = await Job.filter(kind="ISSUE_BILLS")
    assert job.key == f"issue:{partner}:2026-02:1"
    assert job.arguments == {"partner_id": partner, "cycle": "2026-02"}
    assert job.run_at == opening("2026-02")


async def test_missed_months_are_caught_up_oldest_first_and_only_once(db: Database) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2025-10", "2025-12", "2026-01", "2026-02", "2026-03")
    now = opening("2026-02") + timedelta(days=3)
    await enqueue_due(db, now=now)
    expected = [f"{partner}:{cycle}:1" for cycle in ("2025-10", "2025-12", "2026-01", "2026-02")]
    assert await keys() == expected
    assert await enqueue_due(db, now=now + timedelta(minutes=1)) == 0
    await Job.all().update(status="DONE")
    assert await enqueue_due(db, now=now + timedelta(minutes=2)) == 0
    await Job.all().update(status="PARKED")
    assert await enqueue_due(db, now=now + timedelta(minutes=3)) == 0
    assert await keys() == expected


async def test_partner_without_charges_has_nothing_due(db: Database) -> None:
    await a_partner(db)
    assert await enqueue_due(db, now=opening("2026-02")) == 0


async def test_two_schedulers_at_once_put_every_job_in_once(db: Database) -> None:
    partners = [await a_partner(db) for _ in range(30)]
    for partner in partners:
        await post(db, partner, "2025-12", "2026-01", "2026-02", "2026-03")
    now = opening("2026-02")
    new = await asyncio.gather(*(enqueue_due(db, now=now) for _ in range(4)))
    assert len(await keys()) == 30 * 3
    assert len(await keys("estimate")) == 30
    assert sum(new) == 30 * 4


async def test_every_partner_is_billed_by_its_own_clock(db: Database) -> None:
    zones = ["Pacific/Kiritimati", "Asia/Shanghai", "America/New_York", "Etc/GMT+12"]
    partners = [await a_partner(db, time_zone=zone) for zone in zones]
    for partner in partners:
        await post(db, partner, "2026-02")
    opened = []
    for zone in zones:
        await enqueue_due(db, now=opening("2026-02", zone) - MICROSECOND)
        opened.append(len(await keys()))
        await enqueue_due(db, now=opening("2026-02", zone))
        opened.append(len(await keys()))
    assert opened == [0, 1, 1, 2, 2, 3, 3, 4]


async def test_zone_that_does_not_exist_stops_nobody_else(db: Database) -> None:
    lost = await a_partner(db, time_zone="Mars/Olympus")
    partner = await a_partner(db)
    for each in (lost, partner):
        await post(db, each, "2026-02")
    await enqueue_due(db, now=opening("2026-02"))
    assert await keys() == [f"{partner}:2026-02:1"]


async def test_late_charges_in_another_currency_are_issued_in_a_run_of_their_own(
    db: Database,
) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2026-02")
    await enqueue_due(db, now=opening("2026-02"))
    await issue(db, partner, "2026-02")
    await Job.all().update(status="DONE")
    await post(db, partner, "2026-02", currency="JPY", posting=4)
    await enqueue_due(db, now=opening("2026-02") + timedelta(days=1))
    assert await keys() == [f"{partner}:2026-02:1", f"{partner}:2026-02:4"]


async def test_late_charges_reissue_a_bill_once_for_every_batch(db: Database) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2026-02")
    bill = await issue(db, partner, "2026-02")
    now = opening("2026-02") + timedelta(days=1)
    await enqueue_due(db, now=now)
    assert await keys("reissue") == []
    for posting in (3, 3, 5):
        await post(db, partner, "2026-02", posting=posting)
        await enqueue_due(db, now=now)
    assert await keys("reissue") == [f"{bill}:3", f"{bill}:5"]
    assert await keys() == []


async def test_confirmed_and_disputed_bills_are_not_reissued(db: Database) -> None:
    partner = await a_partner(db)
    for cycle, status in (("2026-01", "CONFIRMED"), ("2026-02", "DISPUTED")):
        await issue(db, partner, cycle, status=status)
        await post(db, partner, cycle, posting=3)
    now = opening("2026-02") + timedelta(days=1)
    assert await enqueue_due(db, now=now) == 0
    await Bill.filter(cycle="2026-02").update(status="ISSUED")
    assert await enqueue_due(db, now=now) == 1


async def test_billed_cycle_is_asked_about_again_only_after_new_charges(db: Database) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2026-02", posting=2)
    february = Billable("2026-02", "RESELLER", "USD")
    await db.transact(mark_billed, partner, february, through_posting=1)
    unbilled = "SELECT count(*) FROM billable_cycles WHERE is_billed = FALSE"
    assert (await db.fetch(unbilled))[0][0] == 1
    await db.transact(mark_billed, partner, february, through_posting=2)
    assert (await db.fetch(unbilled))[0][0] == 0
    await post(db, partner, "2026-02", posting=3)
    assert (await db.fetch(unbilled))[0][0] == 1


async def test_estimate_is_put_in_once_a_local_day_and_never_for_a_day_gone_by(
    db: Database,
) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2026-03")
    at = datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC)
    for minutes in (0, 1, 2, 60 * 23, 60 * 24 * 4):
        await enqueue_due(db, now=at + timedelta(minutes=minutes))
    days = [f"{partner}:2026-03-{day}" for day in (10, 11, 14)]
    assert await keys("estimate") == days
    [first, *_] = await Job.filter(kind="ESTIMATE").order_by("id")
    assert first.arguments == {"partner_id": partner, "as_of": "2026-03-10"}


async def test_estimate_of_a_cycle_goes_on_until_its_window_opens(db: Database) -> None:
    partner = await a_partner(db)
    await post(db, partner, "2026-02")
    await enqueue_due(db, now=opening("2026-02") - MICROSECOND)
    await enqueue_due(db, now=opening("2026-02") + timedelta(days=1))
    assert await keys("estimate") == [f"{partner}:2026-03-05"]


async def test_questions_are_six_statements_for_one_partner_and_for_thirty(
    db: Database,
) -> None:
    asked: list[str] = []
    fetch = db.fetch

    async def counted(sql: str, *values: object) -> list[object]:
        asked.append(sql)
        return await fetch(sql, *values)

    db.fetch = counted  # type: ignore[method-assign]
    counts = []
    for wanted in (1, 30):
        for _ in range(wanted):
            await post(db, await a_partner(db), "2026-02", "2026-03")
        asked.clear()
        await enqueue_due(db, now=opening("2026-02"))
        counts.append(len(asked))
    assert counts == [6, 6]
