"""Paying: from the deposit, oldest first, once for a key, and never more than is there."""

from decimal import Decimal

import pytest

from models.actions.payments import pay_bills
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode, Forbidden
from models.rules.payments import PaymentOrder
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry, IdempotencyKey
from models.tables.bills import Bill
from models.tables.events import Event
from models.tables.payments import Allocation, LedgerEntry, Payment
from tests.actions.desk import NOW, Desk, ledger
from tests.builders import a_partner

TABLES = (Payment, Allocation, LedgerEntry, AuditEntry, IdempotencyKey, Bill)


async def everything() -> list[list[dict[str, object]]]:
    return [await table.all().order_by("id").values() for table in TABLES]


async def paid() -> dict[int, Decimal]:
    return {bill.id: bill.paid for bill in await Bill.all()}


async def test_payment_moves_money_from_the_deposit_to_the_debt(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("100.505")
    await desk.top_up("500 USD")
    payment_id = await desk.pay(bill)
    payment = await Payment.get(id=payment_id)
    assert (payment.amount, payment.currency, payment.status, payment.paid_by, payment.paid_at) == (
        Decimal("100.51"),
        "USD",
        "SUCCEEDED",
        "fay",
        NOW,
    )
    assert await paid() == {bill: Decimal("100.51")}
    assert await desk.balance() == Decimal("399.49")
    assert await ledger() == {
        "CASH": Decimal(500),
        "DEPOSIT": Decimal("-399.49"),
        "RECEIVABLE": Decimal(0),
        "SALES": Decimal("-100.51"),
    }
    entry = await AuditEntry.get(action="PAY_BILLS")
    assert (entry.subject, entry.object_id) == ("fay", f"pay_{payment_id}")
    assert entry.details == {
        "method": "DEPOSIT",
        "amount": "100.51",
        "currency": "USD",
        "bills": {f"bil_{bill}": "100.51"},
    }


async def test_all_payable_bills_are_paid_oldest_cycle_first(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    march = await desk.payable("30", cycle="2026-03")
    february = await desk.payable("20", cycle="2026-02")
    waiting = await desk.bill("40", cycle="2026-04")
    await desk.top_up("100 USD")
    await desk.pay(amount="25 USD", key="a")
    assert await paid() == {february: 20, march: 5, waiting: 0}
    await desk.pay(key="b")
    assert await paid() == {february: 20, march: 30, waiting: 0}
    allocations = [(a.bill_id, a.amount) for a in await Allocation.all().order_by("id")]
    assert allocations == [(february, 20), (march, 5), (march, 25)]


async def test_each_bill_that_a_payment_counts_on_is_told_of_once(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    march = await desk.payable("30", cycle="2026-03")
    february = await desk.payable("20", cycle="2026-02")
    await desk.top_up("100 USD")
    before = await Event.all().count()
    first = await desk.pay(amount="25 USD", key="a")
    last = await desk.pay(key="b")
    told = (await Event.all().order_by("id"))[before:]
    assert [(e.event_type, e.object_id, e.payload["paymentId"]) for e in told] == [
        ("BILL_PAID", f"bil_{february}", f"pay_{first}"),
        ("BILL_PARTIALLY_PAID", f"bil_{march}", f"pay_{first}"),
        ("BILL_PAID", f"bil_{march}", f"pay_{last}"),
    ]


async def test_same_key_and_order_give_the_same_payment(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    one, two = await desk.payable("10"), await desk.payable("20", cycle="2026-03")
    await desk.top_up("100 USD")
    payment = await desk.pay(one, two, amount="15.00 USD")
    before = await everything()
    assert await desk.pay(two, one, two, amount="15 USD") == payment
    assert await everything() == before


async def refusal(desk: Desk, *bills: int, **order: str) -> BillingError:
    before = await everything()
    with pytest.raises(BillingError) as refused:
        await desk.pay(*bills, **order)
    assert await everything() == before
    return refused.value


async def test_same_key_for_another_order_is_refused(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("10")
    await desk.top_up("100 USD")
    await desk.pay(bill, amount="4 USD")
    for order in ({"amount": "5 USD"}, {}):
        error = await refusal(desk, bill, **order)
        assert (error.code, error.path) == (ErrorCode.IDEMPOTENCY_CONFLICT, ("idempotencyKey",))


async def test_partners_do_not_share_keys(db: Database) -> None:
    desks = [Desk(db, await a_partner(db)) for _ in range(2)]
    payments = set()
    for desk in desks:
        bill = await desk.payable("10")
        await desk.top_up("10 USD")
        payments.add(await desk.pay(bill))
    assert len(payments) == 2


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "tab\t", "nul\x00"])
async def test_key_of_another_form_is_refused(db: Database, key: str) -> None:
    desk = Desk(db, await a_partner(db))
    error = await refusal(desk, key=key)
    assert (error.code, error.path) == (ErrorCode.INVALID_INPUT, ("idempotencyKey",))


async def test_deposit_must_cover_the_payment(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("10")
    await desk.top_up("9.99 USD")
    await desk.top_up("10 EUR", key="other")
    error = await refusal(desk, bill)
    assert (error.code, error.path) == (ErrorCode.INSUFFICIENT_FUNDS, ("amount",))
    assert "holds 9.99 USD; 10 USD is needed" in error.message


async def test_more_than_outstanding_is_refused_after_a_partial_payment(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("10")
    await desk.top_up("100 USD")
    await desk.pay(bill, amount="4 USD", key="a")
    error = await refusal(desk, bill, amount="6.01 USD", key="b")
    assert error.code is ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING
    assert "outstanding 6 USD" in error.message


async def test_bill_is_payable_once_confirmed(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.bill("10")
    await desk.top_up("100 USD")
    assert (await refusal(desk, bill)).code is ErrorCode.NOT_PAYABLE


async def test_bill_is_payable_at_once_where_no_confirmation_is_required(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill = await desk.bill("10")
    await desk.top_up("100 USD")
    await desk.pay(bill)
    assert await paid() == {bill: 10}


async def test_negative_bill_has_nothing_due(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill = await desk.payable("-10", charge_type="REFUND")
    await desk.top_up("100 USD")
    assert (await refusal(desk, bill)).code is ErrorCode.NOTHING_DUE


async def test_another_partners_bill_is_like_one_that_is_not_there(db: Database) -> None:
    desk, stranger = Desk(db, await a_partner(db)), Desk(db, await a_partner(db))
    bill = await desk.payable("10")
    foreign, missing = await refusal(stranger, bill), await refusal(stranger, 404)
    assert foreign.code is ErrorCode.NOT_FOUND
    assert (foreign.message, foreign.path) == (missing.message, missing.path)


@pytest.mark.parametrize("role", [Role.PARTNER_VIEWER, Role.SALES_OPS, Role.AUDITOR])
async def test_role_that_may_not_pay_is_refused(db: Database, role: Role) -> None:
    desk = Desk(db, await a_partner(db))
    partner = desk.partner if role is Role.PARTNER_VIEWER else None
    order = PaymentOrder(None, None, "key")
    with pytest.raises(Forbidden):
        await db.transact(pay_bills, Principal("eve", role, partner), order, now=NOW)
