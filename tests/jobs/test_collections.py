"""Paying by card: asked once, told or not, and counted once, with a real worker's verbs."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.runners import RUNNERS
from jobs.services import Services
from models.actions import jobs
from models.actions.bills import reissue_bill
from models.actions.jobs import Superseded
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode
from models.tables.audit import AuditEntry
from models.tables.bills import Bill
from models.tables.events import Event
from models.tables.jobs import Job
from models.tables.payments import Allocation, Payment
from tests.builders import a_charge, a_partner
from tests.till import NOW, WORKER, Till, books, open_till, statuses

PAID = {"CASH": 100, "SALES": -100}
OWED = {"RECEIVABLE": 100, "SALES": -100}


@pytest.fixture
async def till(db: Database, tmp_path: Path) -> AsyncIterator[Till]:
    with open_till(db, await a_partner(db), tmp_path) as till:
        yield till


async def test_payment_by_card_is_written_down_first_and_collected_by_a_job(till: Till) -> None:
    bill = await till.desk.payable("100")
    payment_id = await till.pay(bill)
    payment = await Payment.get(id=payment_id)
    assert (payment.status, payment.method, payment.method_ref, payment.settled_at) == (
        "PENDING",
        "STRIPE",
        "pm_card_visa",
        None,
    )
    assert (await books(), till.stripe.requests) == (OWED, [])
    assert await till.work() == 1
    payment = await Payment.get(id=payment_id)
    assert (payment.status, payment.gateway_ref, payment.settled_at) == ("SUCCEEDED", "pi_1", NOW)
    assert till.stripe.the_intent["amount"] == 10_000
    assert (await books(), till.stripe.charges) == (PAID, {"pi_1": 1})
    assert [event.event_type for event in await Event.filter(object_id=f"bil_{bill}")][-1:] == [
        "BILL_PAID"
    ]
    assert await AuditEntry.filter(action="SETTLE_PAYMENT", role="system").count() == 1
    till.wait(days=9)
    assert await till.work() == 0


async def refusal(till: Till, *bills: int, **order: str) -> BillingError:
    before = await Payment.all().count(), await Job.all().count()
    with pytest.raises(BillingError) as refused:
        await till.pay(*bills, **order)
    assert (await Payment.all().count(), await Job.all().count()) == before
    return refused.value


async def test_no_second_payment_on_a_bill_while_one_is_under_way(till: Till) -> None:
    bill, other = await till.desk.payable("100"), await till.desk.payable("7", cycle="2026-03")
    await till.desk.top_up("500 USD")
    first = await till.pay(bill, amount="40 USD")
    error = await refusal(till, bill, amount="1 USD", key="b")
    assert (error.code, error.path) == (ErrorCode.PAYMENT_IN_PROGRESS, ("billIds",))
    assert await till.pay(bill, amount="40 USD") == first
    with pytest.raises(BillingError) as refused:
        await till.desk.pay(bill, other, key="c")
    assert refused.value.code is ErrorCode.PAYMENT_IN_PROGRESS
    await till.desk.pay(key="d")
    assert {b.id: b.paid for b in await Bill.all()} == {bill: 0, other: 7}
    assert (await refusal(till, key="e")).code is ErrorCode.PAYMENT_IN_PROGRESS
    await till.work()
    await till.pay(bill, key="f")
    await till.work()
    assert (await Bill.get(id=bill)).paid == 100
    assert till.stripe.charges.total() == 2


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"amount": "100.01 USD"}, ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING),
        ({"amount": "1 EUR"}, ErrorCode.CURRENCY_MISMATCH),
        ({"means": "4242424242424242"}, ErrorCode.INVALID_INPUT),
        ({"means": ""}, ErrorCode.INVALID_INPUT),
        ({"means": "pm_" + "x" * 181}, ErrorCode.INVALID_INPUT),
    ],
)
async def test_order_that_cannot_be_is_refused_and_asks_nobody(
    till: Till, order: dict[str, str], code: ErrorCode
) -> None:
    bill = await till.desk.payable("100")
    assert (await refusal(till, bill, **order)).code is code
    assert await till.work() == 0


async def test_amount_that_the_gateway_cannot_take_is_refused_at_once(till: Till) -> None:
    bill = await till.desk.payable("1.234", currency="KWD")
    assert (await refusal(till, bill)).code is ErrorCode.INVALID_AMOUNT


async def test_declined_payment_frees_its_bill_and_says_why(till: Till) -> None:
    bill = await till.desk.payable("100")
    await till.pay(bill, means="pm_card_visa_chargeDeclined")
    await till.work()
    payment = await Payment.get()
    assert (payment.status, payment.failure) == ("FAILED", "No funds. (insufficient_funds)")
    told = await Event.get(event_type="PAYMENT_FAILED")
    assert told.payload["failure"] == "No funds. (insufficient_funds)"
    assert await books() == OWED
    await till.pay(bill, key="again")
    await till.work()
    assert (await statuses(), await books()) == (["FAILED", "SUCCEEDED"], PAID)


async def test_means_that_stripe_does_not_know_fail(till: Till) -> None:
    await till.pay(await till.desk.payable("100"), means="pm_gone")
    await till.work()
    assert (await Payment.get()).failure == "No such PaymentMethod: '…'"


@pytest.mark.parametrize("endpoint", ["create", "confirm"])
@pytest.mark.parametrize("after", [False, True])
async def test_lost_answer_is_unknown_until_asked_again_and_charged_once(
    till: Till, endpoint: str, after: bool
) -> None:
    bill = await till.desk.payable("100")
    till.stripe.fail_next(endpoint, "hang", after=after)
    await till.pay(bill)
    await till.work()
    assert (await statuses(), await books()) == (["UNKNOWN"], OWED)
    assert (await refusal(till, bill, key="b")).code is ErrorCode.PAYMENT_IN_PROGRESS
    till.wait(seconds=9.9)
    assert await till.work() == 0
    till.wait(seconds=0.1)
    assert await till.work() == 1
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)
    assert till.stripe.charges == {"pi_1": 1}


async def test_unreachable_gateway_is_asked_less_and_less_until_a_day_is_over(till: Till) -> None:
    bill = await till.desk.payable("100")
    await till.pay(bill)
    for pause in (0, 10, 60, 300, 3600):
        till.wait(seconds=pause)
        till.stripe.fail_next("create", "503")
        assert await till.work() == 1
        assert await till.work() == 0
    assert await statuses() == ["UNKNOWN"]
    till.wait(days=1)
    assert await till.work() == 1
    assert (await statuses(), await books()) == (["FAILED"], OWED)
    assert not till.stripe.intents


async def test_worker_without_a_gateway_leaves_the_payment_for_one_that_has_it(
    till: Till,
) -> None:
    await till.pay(await till.desk.payable("100"))
    services = till.services
    till.services = Services(services.db, services.settings, services.files, services.bell)
    await till.work()
    assert await statuses() == ["UNKNOWN"]
    till.services = services
    till.wait(seconds=10)
    await till.work()
    assert await statuses() == ["SUCCEEDED"]


async def test_payer_who_never_agrees_frees_the_bill_after_a_day(till: Till) -> None:
    bill = await till.desk.payable("100")
    await till.pay(bill, means="pm_card_authenticationRequired")
    await till.work()
    payment = await Payment.get()
    assert (payment.status, payment.action_url) == (
        "REQUIRES_ACTION",
        "https://bank.example/3ds/1",
    )
    for pause in (10, 60, 300, 3600):
        till.wait(seconds=pause)
        assert await till.work() == 1
    till.wait(days=1)
    await till.work()
    payment = await Payment.get()
    assert (payment.status, payment.action_url) == ("FAILED", None)
    assert till.stripe.the_intent["status"] == "canceled"
    assert await books() == OWED


async def test_payer_who_agrees_has_paid(till: Till) -> None:
    await till.pay(await till.desk.payable("100"), means="pm_card_authenticationRequired")
    await till.work()
    till.stripe.settle("pi_1", status="succeeded")
    till.wait(seconds=10)
    await till.work()
    assert (await statuses(), await books()) == (["SUCCEEDED"], PAID)


async def test_bill_that_shrank_meanwhile_leaves_the_rest_to_the_deposit(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_partner(db, confirmation_required=False)
    with open_till(db, partner, tmp_path) as till:
        bill = await till.desk.bill("100")
        await till.pay(bill, means="pm_debit")
        await till.work()
        await a_charge(db, partner, "-30", charge_type="REFUND")
        await db.transact(reissue_bill, bill_id=bill, now=till.now)
        till.stripe.settle("pi_1", status="succeeded")
        await till.tell("payment_intent.succeeded")
        payment = await Payment.get()
        assert (payment.status, payment.surplus) == ("SUCCEEDED", 30)
        assert [a.amount for a in await Allocation.all()] == [Decimal(70)]
        assert await books() == {"CASH": 100, "DEPOSIT": -30, "SALES": -70}


async def test_late_success_of_a_failed_payment_is_money_all_the_same(till: Till) -> None:
    bill = await till.desk.payable("100")
    await till.pay(bill, amount="60 USD", means="pm_card_visa_chargeDeclined")
    await till.work()
    await till.pay(bill, key="again")
    await till.work()
    intent = till.stripe.intents["pi_1"] | {"status": "succeeded"}
    await till.tell("payment_intent.succeeded", **intent)
    assert await statuses() == ["SUCCEEDED", "SUCCEEDED"]
    assert await books() == {"CASH": 160, "DEPOSIT": -60, "SALES": -100}


async def test_worker_that_was_given_up_charges_nothing_more(till: Till) -> None:
    await till.pay(await till.desk.payable("100"))
    claims = []
    for _ in range(2):
        claims += await till.db.transact(jobs.claim, WORKER, limit=9, now=till.now)
        till.wait(seconds=20)
    stale, job = claims
    run = RUNNERS[job.kind].run
    with pytest.raises(Superseded):
        await run(till.services, stale, lambda: till.now)
    assert (till.stripe.charges, await statuses(), await books()) == (
        {"pi_1": 1},
        ["PENDING"],
        OWED,
    )
    await run(till.services, job, lambda: till.now)
    assert (till.stripe.charges, await statuses(), await books()) == (
        {"pi_1": 1},
        ["SUCCEEDED"],
        PAID,
    )
