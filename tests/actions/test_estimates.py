"""Estimates: one snapshot a day of what was used before the day began."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from models.actions.bills import issue_bills
from models.actions.estimates import take_estimates
from models.adapters.database import Database
from models.rules.errors import Conflict
from models.tables.estimates import Estimate
from tests.builders import a_charge, a_partner, some_charges

# 08:00 on 2026-02-11 in Shanghai; the 11th begins there at 16:00 UTC of the 10th.
NOW = datetime(2026, 2, 11, tzinfo=UTC)
DAY = date(2026, 2, 11)
MIDNIGHT = datetime(2026, 2, 10, 16, tzinfo=UTC)


async def take(db: Database, partner: int, as_of: date = DAY, now: datetime = NOW) -> list[int]:
    return await db.transact(take_estimates, partner_id=partner, as_of=as_of, now=now)


async def test_estimate_covers_what_was_used_before_the_day_and_no_tax(db: Database) -> None:
    partner = await a_partner(db)
    rows = [
        {"amount": "8083.8494925", "usage_start": MIDNIGHT - timedelta(microseconds=1)},
        {"amount": "-853.8495", "charge_type": "REFUND"},
        {"amount": "-0.005", "charge_type": "ADJUSTMENT"},
        {"amount": "50", "charge_type": "TAX"},
        {"amount": "1000", "usage_start": MIDNIGHT},
        {"amount": "2000", "kind": "NONE"},
        {"amount": "4000", "cycle": "2026-03"},
    ]
    posting = await some_charges(db, partner, rows)
    [estimate_id] = await take(db, partner)
    estimate = await Estimate.get()
    assert (estimate.id, estimate.partner_id, estimate.cycle) == (estimate_id, partner, "2026-02")
    assert (estimate.kind, estimate.currency) == ("RESELLER", "USD")
    assert (estimate.as_of, estimate.data_through) == (DAY, date(2026, 2, 10))
    assert (estimate.computed_at, estimate.through_posting) == (NOW, posting)
    assert estimate.charge_count == 3
    assert [estimate.expenditures, estimate.refunds, estimate.adjustments, estimate.amount] == [
        Decimal(a) for a in ("8083.8494925", "-853.8495", "-0.005", "7229.9949925")
    ]


async def test_second_run_the_same_day_changes_nothing(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner, "1")
    await take(db, partner)
    before = await Estimate.all().values()
    await a_charge(db, partner, "2")
    assert await take(db, partner, now=NOW + timedelta(hours=3)) == []
    assert await Estimate.all().values() == before


async def test_every_day_is_kept(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner, "1")
    await take(db, partner)
    await a_charge(db, partner, "2")
    await take(db, partner, DAY + timedelta(days=1), NOW + timedelta(days=1))
    taken = {e.as_of.day: e.amount for e in await Estimate.all()}
    assert taken == {11: 1, 12: 3}


async def test_month_before_is_estimated_until_it_has_a_bill(db: Database) -> None:
    partner = await a_partner(db)
    rows = [
        {"cycle": cycle, "currency": currency}
        for cycle in ("2025-12", "2026-01", "2026-02")
        for currency in ("JPY", "USD")
    ]
    await some_charges(db, partner, rows)
    early = datetime(2026, 2, 3, tzinfo=UTC)
    await take(db, partner, date(2026, 2, 3), early)
    cycles = [(e.cycle, e.currency) for e in await Estimate.all().order_by("cycle", "currency")]
    assert cycles == [
        ("2026-01", "JPY"),
        ("2026-01", "USD"),
        ("2026-02", "JPY"),
        ("2026-02", "USD"),
    ]
    await db.transact(issue_bills, partner_id=partner, cycle="2026-01", now=NOW)
    await take(db, partner)
    assert {e.cycle for e in await Estimate.filter(as_of=DAY)} == {"2026-02"}


async def test_partner_without_charges_has_no_estimate(db: Database) -> None:
    await a_charge(db, await a_partner(db))
    assert await take(db, await a_partner(db)) == []


async def test_day_that_has_not_begun_is_refused(db: Database) -> None:
    partner = await a_partner(db)
    with pytest.raises(Conflict, match="2026-02-12 has not begun in Asia/Shanghai"):
        await take(db, partner, DAY + timedelta(days=1))


async def test_day_whose_job_waited_past_midnight_still_gets_its_snapshot(db: Database) -> None:
    partner = await a_partner(db)
    await some_charges(
        db,
        partner,
        [
            {"amount": "1", "usage_start": MIDNIGHT - timedelta(hours=1)},
            {"amount": "10", "usage_start": MIDNIGHT},
        ],
    )
    later = NOW + timedelta(days=1)
    await take(db, partner, DAY + timedelta(days=1), later)
    await take(db, partner, now=later)
    taken = [(e.as_of.day, e.amount, e.computed_at) for e in await Estimate.all().order_by("as_of")]
    assert taken == [(11, 1, later), (12, 11, later)]
