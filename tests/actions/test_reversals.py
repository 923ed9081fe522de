"""Taking payments back: once, everything kept, and the money where it came from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode
from models.rules.ids import LARGEST_ID
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill
from models.tables.customers import Customer
from models.tables.events import Event
from models.tables.jobs import Job
from models.tables.partners import ChannelAssignment
from models.tables.payments import Allocation, LedgerEntry, Payment
from tests.actions.desk import SALES, Desk
from tests.builders import a_customer, a_partner
from tests.meanwhile import while_names_are_looked_for
from tests.till import NOW, Till, books, open_till, statuses

OWED = {"RECEIVABLE": 100, "SALES": -100}


@pytest.fixture
async def till(db: Database, tmp_path: Path) -> AsyncIterator[Till]:
    with open_till(db, await a_partner(db), tmp_path) as till:
        yield till


async def everything() -> list[list[dict[str, object]]]:
    tables = (Payment, Bill, Allocation, LedgerEntry, AuditEntry, Event, Job)
    return [await table.all().order_by("id").values() for table in tables]


async def refusal(till: Till, payment: int, **order: object) -> BillingError:
    before = await everything()
    with pytest.raises(BillingError) as refused:
        await till.reverse(payment, **order)
    assert await everything() == before
    return refused.value


async def test_others_write_while_names_are_looked_for(
    till: Till, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await till.desk.payable("100")
    await till.desk.top_up("500 USD")
    payment = await till.desk.pay()
    await while_names_are_looked_for(
        monkeypatch, till.reverse(payment), lambda: a_customer(db, till.desk.partner)
    )
    assert await Customer.filter(partner_id=till.desk.partner).count() == 1


async def test_reason_is_noted_without_the_names_in_it(till: Till, db: Database) -> None:
    await a_customer(db, till.desk.partner, name="Atlas Nimbus", email="li@atlas.test")
    await till.desk.payable("100")
    await till.desk.top_up("500 USD")
    payment = await till.desk.pay()
    await till.reverse(payment, reason="ATLAS-NIMBUS (li@atlas.test) paid twice")
    entry = await AuditEntry.get(action="REVERSE_PAYMENT")
    assert entry.details["reason"] == "token-acme (token-acme) paid twice"


async def test_reversed_deposit_payment_is_back_on_the_deposit(till: Till) -> None:
    bill, other = await till.desk.payable("100"), await till.desk.payable("7", cycle="2026-03")
    await till.desk.top_up("500 USD")
    payment = await till.desk.pay(bill, other)
    assert await books() == {"CASH": 500, "DEPOSIT": -393, "SALES": -107}
    await till.reverse(payment)
    assert await books() == {"CASH": 500, "DEPOSIT": -500, "RECEIVABLE": 107, "SALES": -107}
    row = await Payment.get()
    assert (row.status, row.reversed_at, row.settled_at) == ("REVERSED", NOW, NOW)
    assert await Allocation.all().count() == 2
    entry = await AuditEntry.get(action="REVERSE_PAYMENT")
    assert (entry.subject, entry.details["reason"]) == ("sam", "Paid twice")
    told = await Event.get(event_type="PAYMENT_REVERSED")
    assert (told.object_id, told.payload["amount"]) == (f"pay_{payment}", "107")
    assert await till.work() == 0
    await till.desk.pay(bill, key="again")
    assert (await Bill.get(id=bill)).paid == 100
    assert await till.desk.balance() == 400


async def test_reversal_counts_once(till: Till) -> None:
    bill = await till.desk.payable("100")
    await till.desk.top_up("500 USD")
    payment = await till.desk.pay(bill)
    await till.reverse(payment)
    before = await everything()
    await till.reverse(payment, reason=" Paid twice ")
    assert await everything() == before
    assert (await refusal(till, payment, key="s")).code is ErrorCode.ALREADY_REVERSED
    error = await refusal(till, payment, reason="Another")
    assert error.code is ErrorCode.IDEMPOTENCY_CONFLICT


async def test_reversed_card_payment_is_refunded_by_the_gateway_once(till: Till) -> None:
    payment = await till.pay(await till.desk.payable("100"))
    await till.work()
    await till.reverse(payment)
    assert (await books(), till.stripe.refunds) == (OWED, {})
    await till.work()
    before = await everything()
    assert till.stripe.refunds == {"pi_1": 1}
    await till.refunded(10_000)
    await till.tell("payment_intent.succeeded")
    assert await everything() == before
    assert (await statuses(), await books()) == (["REVERSED"], OWED)


@pytest.mark.parametrize("fault", ["503", "hang"])
async def test_refund_without_an_answer_is_asked_for_again(till: Till, fault: str) -> None:
    payment = await till.pay(await till.desk.payable("100"))
    await till.work()
    await till.reverse(payment)
    till.stripe.fail_next("refund", fault, after=True)
    with pytest.raises(BillingError, match="gave no answer"):
        await till.work()
    await Job.filter(kind="REFUND_PAYMENT").update(status="QUEUED", owner=None)
    await till.work()
    assert till.stripe.refunds == {"pi_1": 1}
    assert (await Job.get(kind="REFUND_PAYMENT")).status == "DONE"


@pytest.mark.parametrize(
    ("means", "status"),
    [("pm_debit", "PENDING"), ("pm_card_visa_chargeDeclined", "FAILED")],
)
async def test_only_what_succeeded_can_be_reversed(till: Till, means: str, status: str) -> None:
    payment = await till.pay(await till.desk.payable("100"), means=means)
    await till.work()
    error = await refusal(till, payment)
    assert (error.code, error.path) == (ErrorCode.INVALID_STATE, ("paymentId",))
    assert status in error.message


async def test_surplus_that_was_spent_is_not_reversed_but_a_chargeback_is_owed(till: Till) -> None:
    bill = await till.desk.payable("100")
    failed = await till.pay(bill, amount="60 USD", means="pm_card_visa_chargeDeclined")
    await till.work()
    await till.pay(bill, key="again")
    await till.work()
    intent = till.stripe.intents["pi_1"]
    await till.tell("payment_intent.succeeded", **(intent | {"status": "succeeded"}))
    await till.desk.pay(await till.desk.payable("50", cycle="2026-03"), key="spent")
    error = await refusal(till, failed)
    assert error.code is ErrorCode.INSUFFICIENT_FUNDS
    assert "60 USD of it went to the deposit account, which holds 10 USD" in error.message
    back = {"payment_intent": "pi_1", "status": "lost", "amount": 6_000}
    await till.tell("charge.dispute.closed", **back)
    assert await books() == {"CASH": 100, "DEPOSIT": 50, "SALES": -150}
    assert await till.desk.balance() == -50


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SALES_OPS])
async def test_nobody_else_reverses(till: Till, role: Role) -> None:
    await till.desk.payable("100")
    await till.desk.top_up("100 USD")
    payment = await till.desk.pay()
    partner = None if Principal("x", role).is_vendor else till.desk.partner
    if role is Role.CHANNEL_MANAGER:
        await ChannelAssignment.create(subject="x", partner_id=till.desk.partner)
    error = await refusal(till, payment, who=Principal("x", role, partner))
    assert error.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("payment", [1, LARGEST_ID])
async def test_payment_that_is_not_there_is_not_found(till: Till, payment: int) -> None:
    error = await refusal(till, payment)
    assert (error.code, error.path) == (ErrorCode.NOT_FOUND, ("paymentId",))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 401, "nul\x00", "two\nlines"])
async def test_reason_of_another_form_is_refused(till: Till, reason: str) -> None:
    error = await refusal(till, 1, reason=reason)
    assert (error.code, error.path) == (ErrorCode.INVALID_INPUT, ("reason",))


async def test_partners_payments_do_not_mix(till: Till) -> None:
    other = Desk(till.db, await a_partner(till.db))
    for desk in (till.desk, other):
        await desk.payable("100")
        await desk.top_up("100 USD")
    payment = await till.desk.pay()
    await other.pay()
    await till.reverse(payment, who=SALES)
    assert (await till.desk.balance(), await other.balance()) == (100, 0)
