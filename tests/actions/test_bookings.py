"""Booking while the partner's settings change: the bill, the ledger and the pages agree."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.actions.confirmations import confirm_bill
from models.adapters.database import Database
from models.reads.verified_money import verify_bill_money
from models.rules.errors import BillingError, ErrorCode
from models.rules.money import exact_sum
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.invoices import Invoice
from models.tables.partners import Partner
from tests.actions.desk import NOW, Desk, finance, ledger, shown
from tests.builders import a_charge, a_partner

LATER = NOW + timedelta(days=1)
FEBRUARY, MARCH = "2026-02", "2026-03"


async def a_quick_partner(db: Database, **settings: str) -> Desk:
    """A partner who need not confirm."""
    return Desk(db, await a_partner(db, confirmation_required=False, **settings))


async def change(desk: Desk, **settings: bool | str) -> None:
    await Partner.filter(id=desk.partner).update(**settings)


async def late(desk: Desk, bill: int, amount: str) -> None:
    """Something came late for February, and is on the bill now."""
    await a_charge(desk.db, desk.partner, amount, charge_type="ADJUSTMENT")
    await desk.db.transact(reissue_bill, bill_id=bill, now=LATER)


async def carried() -> list[tuple[str, Decimal]]:
    rows = await Charge.filter(reason="CARRIED_CREDIT").order_by("id")
    return [(charge.cycle, charge.amount) for charge in rows]


async def amounts() -> list[Decimal]:
    """What the bills come to now, the oldest first."""
    versions = [bill.version_id for bill in await Bill.all().order_by("cycle")]
    return [(await BillVersion.get(id=version)).bill_amount for version in versions]


async def test_credit_is_carried_whole_once_the_policy_says_so(db: Database) -> None:
    desk = await a_quick_partner(db)
    february = await desk.bill("-50", charge_type="REFUND")
    assert await carried() == []
    await change(desk, credit_policy="CARRIED")
    await late(desk, february, "20")
    assert await carried() == [(MARCH, -30)]
    await desk.bill("100", cycle=MARCH)
    assert await amounts() == [-30, 70]
    assert (await ledger())["RECEIVABLE"] == 70


async def test_credit_that_was_carried_is_taken_back_whatever_the_policy(db: Database) -> None:
    desk = await a_quick_partner(db, credit_policy="CARRIED")
    february = await desk.bill("-50", charge_type="REFUND")
    await change(desk, credit_policy="HELD")
    await late(desk, february, "20")
    assert await carried() == [(MARCH, -50), (MARCH, 20)]
    await desk.bill("1", cycle=MARCH)
    assert await amounts() == [-30, -29]
    assert (await ledger())["RECEIVABLE"] == -29


async def test_credit_that_grows_while_it_is_held_stays_on_its_bill(db: Database) -> None:
    desk = await a_quick_partner(db, credit_policy="CARRIED")
    february = await desk.bill("-50", charge_type="REFUND")
    await change(desk, credit_policy="HELD")
    await late(desk, february, "-10")
    assert await carried() == [(MARCH, -50)]
    assert (await ledger())["RECEIVABLE"] == -10


async def test_bill_that_needed_no_confirmation_goes_on_without(db: Database) -> None:
    desk = await a_quick_partner(db)
    bill = await desk.bill("200")
    await change(desk, confirmation_required=True)
    await late(desk, bill, "-50")
    assert await amounts() == [150]
    assert (await ledger())["RECEIVABLE"] == 150
    assert exact_sum(invoice.amount for invoice in await Invoice.all()) == 150
    await verify_bill_money(db, desk.partner, bill)
    await desk.top_up("150 USD")
    await desk.pay(bill)
    assert (await ledger())["RECEIVABLE"] == 0


async def test_bill_that_needs_a_confirmation_goes_on_needing_it(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.bill("100")
    await change(desk, confirmation_required=False)
    await late(desk, bill, "-10")
    await desk.top_up("90 USD")
    with pytest.raises(BillingError) as refused:
        await desk.pay(bill)
    assert refused.value.code is ErrorCode.NOT_PAYABLE
    assert not await Invoice.all().exists()
    assert "RECEIVABLE" not in await ledger()
    await verify_bill_money(db, desk.partner, bill)
    await db.transact(confirm_bill, finance(desk.partner), await shown(bill), now=LATER)
    await desk.pay(bill)
    assert (await ledger())["RECEIVABLE"] == 0


async def test_setting_counts_for_bills_issued_from_then_on(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.bill("100")
    await change(desk, confirmation_required=False)
    await a_charge(db, desk.partner, "7", cycle=MARCH)
    [march] = await db.transact(issue_bills, partner_id=desk.partner, cycle=MARCH, now=LATER)
    needed = {bill.cycle: bill.confirmation_required for bill in await Bill.all()}
    assert needed == {FEBRUARY: True, MARCH: False}
    assert [invoice.bill_id for invoice in await Invoice.all()] == [march]
