"""Bills as they are issued: what is on them, once, and never too early."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.actions.bills import issue_bills
from models.adapters.database import Database
from models.rules.errors import Conflict, ErrorCode, NotFound
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillCustomer, BillVersion, ProductLine
from models.tables.charges import BillableCycle
from models.tables.payments import LedgerEntry
from tests.builders import a_charge, a_customer, a_partner, some_charges

# 2026-03-05 01:00 in Shanghai.
OPENS = datetime(2026, 3, 4, 17, tzinfo=UTC)
DEADLINE = datetime(2026, 3, 5, 4, tzinfo=UTC)
FEBRUARY = "2026-02"


async def issue(db: Database, partner: int, now: datetime = OPENS) -> list[int]:
    return await db.transact(issue_bills, partner_id=partner, cycle=FEBRUARY, now=now)


async def the_version() -> BillVersion:
    [version] = await BillVersion.all()
    return version


async def test_bill_has_all_addends_and_is_rounded_once(db: Database) -> None:
    partner = await a_partner(db)
    acme = await a_customer(db, partner)
    rows = [
        {"customer_id": acme, "amount": "8083.8494925"},
        {"customer_id": acme, "amount": "-853.8495", "charge_type": "REFUND"},
        {"amount": "-0.005", "charge_type": "ADJUSTMENT"},
        {"customer_id": acme, "amount": "0.055", "charge_type": "TAX"},
        {"customer_id": acme, "amount": "0.05", "charge_type": "TAX"},
    ]
    posting = await some_charges(db, partner, rows)
    [bill_id] = await issue(db, partner)
    bill, version = await Bill.get(id=bill_id), await the_version()
    shown = [
        version.expenditures, version.refunds, version.adjustments, version.settlement,
        version.coupons, version.rounding, version.tax, version.bill_amount, version.amount_due,
        version.credit,
    ]  # fmt: skip
    assert shown == [
        Decimal(a)
        for a in (
            "8083.8494925", "-853.8495", "-0.005", "7229.9949925",
            "0", "-0.0049925", "0.11", "7230.10", "7230.10", "0",
        )
    ]  # fmt: skip
    assert (version.number, version.reason, version.previous_digest) == (1, "ISSUED", "")
    assert (version.charge_count, version.customer_count) == (5, 1)
    assert version.through_posting == posting
    assert (bill.version, bill.version_id, bill.status) == (1, version.id, "ISSUED")
    assert (bill.cycle, bill.kind, bill.currency, bill.paid) == (FEBRUARY, "RESELLER", "USD", 0)
    assert (bill.issued_at, bill.due_at) == (OPENS, OPENS + timedelta(days=30))


async def test_bill_is_one_for_each_kind_and_currency(db: Database) -> None:
    partner = await a_partner(db)
    rows = [
        {"amount": "1"},
        {"amount": "2", "kind": "SELF_USE"},
        {"amount": "3.4", "currency": "JPY"},
        {"amount": "5.0005", "currency": "KWD"},
        {"amount": "7", "kind": "NONE"},
        {"amount": "11", "cycle": "2026-03"},
        {"amount": "13", "cycle": "2026-01"},
    ]
    await some_charges(db, partner, rows)
    other = await a_partner(db, name="Other")
    await a_charge(db, other, "17")
    assert len(await issue(db, partner)) == 4
    bills = {
        (bill.kind, bill.currency): (await BillVersion.get(id=bill.version_id)).bill_amount
        for bill in await Bill.all()
    }
    assert bills == {
        ("RESELLER", "USD"): 1,
        ("SELF_USE", "USD"): 2,
        ("RESELLER", "JPY"): 3,
        ("RESELLER", "KWD"): Decimal("5.001"),
    }


async def test_second_run_changes_nothing(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    await issue(db, partner)
    before = [await model.all().values() for model in (Bill, BillVersion, ProductLine, AuditEntry)]
    await a_charge(db, partner, "99")
    assert await issue(db, partner, OPENS + timedelta(days=1)) == []
    after = [await model.all().values() for model in (Bill, BillVersion, ProductLine, AuditEntry)]
    assert after == before


async def test_currency_that_comes_later_gets_its_own_bill(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    [first] = await issue(db, partner)
    await a_charge(db, partner, currency="EUR")
    [second] = await issue(db, partner)
    assert {bill.id: bill.currency for bill in await Bill.all()} == {first: "USD", second: "EUR"}


async def test_bill_of_a_month_without_charges_is_none(db: Database) -> None:
    assert await issue(db, await a_partner(db)) == []


async def test_zero_charges_count(db: Database) -> None:
    partner = await a_partner(db)
    for account in ("a", "b"):
        customer = await a_customer(db, partner, account)
        await a_charge(db, partner, "0", customer_id=customer)
    await issue(db, partner)
    version = await the_version()
    assert (version.bill_amount, version.charge_count, version.customer_count) == (0, 2, 2)


async def test_refunds_above_expenditures_give_a_credit_and_nothing_due(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner, "10")
    await a_charge(db, partner, "-25.5", charge_type="REFUND")
    await issue(db, partner)
    version = await the_version()
    assert (version.bill_amount, version.amount_due, version.credit) == (
        Decimal("-15.5"),
        0,
        Decimal("15.5"),
    )


@pytest.mark.parametrize(
    ("now", "is_late"), [(OPENS, False), (DEADLINE - timedelta(seconds=1), False), (DEADLINE, True)]
)
async def test_bill_is_late_from_the_deadline_on(
    db: Database, now: datetime, is_late: bool
) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    await issue(db, partner, now)
    assert (await Bill.get()).is_late is is_late


async def test_bill_is_refused_before_its_window_opens(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    with pytest.raises(Conflict, match="issued from 2026-03-05 01:00") as refused:
        await issue(db, partner, OPENS - timedelta(microseconds=1))
    assert refused.value.code is ErrorCode.INVALID_STATE
    assert await Bill.all().count() == 0


async def test_force_issues_a_closed_month_and_not_a_running_one(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    end = datetime(2026, 2, 28, 16, tzinfo=UTC)

    async def forced(now: datetime) -> list[int]:
        return await db.transact(
            issue_bills, partner_id=partner, cycle=FEBRUARY, now=now, force=True
        )

    with pytest.raises(Conflict):
        await forced(end - timedelta(microseconds=1))
    assert len(await forced(end)) == 1


async def test_unknown_partner_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound):
        await issue(db, 404)


async def test_ledger_waits_for_the_confirmation_unless_none_is_required(db: Database) -> None:
    careful, quick = await a_partner(db), await a_partner(db, confirmation_required=False)
    for partner in (careful, quick):
        await a_charge(db, partner, "12.345")
        await issue(db, partner)
    entries = await LedgerEntry.all().order_by("id")
    assert [(e.partner_id, e.account, e.event, e.amount) for e in entries] == [
        (quick, "RECEIVABLE", "BILL", Decimal("12.35")),
        (quick, "SALES", "BILL", Decimal("-12.35")),
    ]
    assert {b.partner_id: b.booked for b in await Bill.all()} == {
        careful: 0,
        quick: Decimal("12.35"),
    }


async def test_issue_tells_the_schedule_and_the_audit(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    [bill_id] = await issue(db, partner)
    assert (await BillableCycle.get()).is_billed
    entry = await AuditEntry.get()
    assert (entry.subject, entry.action) == ("system", "ISSUE_BILL")
    assert entry.object_id == f"bil_{bill_id}"
    assert entry.details["digest"] == (await the_version()).digest


async def test_customers_and_lines_are_ranked_by_total(db: Database) -> None:
    partner = await a_partner(db)
    small, large = await a_customer(db, partner, "s"), await a_customer(db, partner, "l")
    rows = [
        {"customer_id": small, "amount": "9"},
        {"customer_id": large, "amount": "10", "product": "b"},
        {"customer_id": large, "amount": "10", "product": "B"},
        {"customer_id": large, "amount": "10", "product": "B", "region": None},
        {"customer_id": large, "amount": "-100", "product": "a", "charge_type": "REFUND"},
        {"customer_id": large, "amount": "100", "product": "z"},
        {"amount": "-3", "charge_type": "ADJUSTMENT"},
    ]
    await some_charges(db, partner, rows)
    await issue(db, partner)
    customers = await BillCustomer.all().order_by("rank")
    assert [(c.rank, c.customer_id, c.total) for c in customers] == [(1, large, 30), (2, small, 9)]
    lines = await ProductLine.filter(customer_id=large).order_by("rank")
    assert [(x.rank, x.product, x.region, x.total) for x in lines] == [
        (1, "z", "cn-north-4", 100),
        (2, "B", None, 10),
        (3, "B", "cn-north-4", 10),
        (4, "b", "cn-north-4", 10),
        (5, "a", "cn-north-4", -100),
    ]
    [rest] = await ProductLine.filter(customer_id=None)
    assert (rest.rank, rest.total, rest.adjustments) == (1, -3, -3)


async def test_bill_that_does_not_add_up_is_not_issued(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner, "1")
    await a_charge(db, partner, "-0.01", charge_type="UNHEARD_OF")
    with pytest.raises(Conflict, match="does not add up") as refused:
        await issue(db, partner)
    assert refused.value.code is ErrorCode.BILL_OUT_OF_BALANCE
    for model in (Bill, BillVersion, ProductLine, BillCustomer, AuditEntry):
        assert await model.all().count() == 0
