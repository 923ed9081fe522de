"""Many at once, by card: one charge, one entry in the books, and only typed refusals."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.actions.collections import take_in
from models.actions.locks import lock_partner
from models.adapters.database import Database, Tx
from models.adapters.gateways import Answer
from models.rules.collections import GatewayWord
from models.rules.errors import BillingError
from models.tables.bills import Bill
from models.tables.payments import LedgerEntry, Payment
from tests.actions.test_money_races import outcomes
from tests.builders import a_partner
from tests.till import Till, books, open_till, statuses

MANY = 200


@pytest.fixture
async def till(db: Database, tmp_path: Path) -> AsyncIterator[Till]:
    with open_till(db, await a_partner(db), tmp_path) as till:
        yield till


async def test_two_orders_at_once_are_one_payment(till: Till) -> None:
    bill = await till.desk.payable("100")
    counts = await outcomes([till.pay(bill, key="a"), till.pay(bill, key="b")])
    assert counts == {"ok": 1, "PAYMENT_IN_PROGRESS": 1}
    await till.work()
    assert (till.stripe.charges, await statuses()) == ({"pi_1": 1}, ["SUCCEEDED"])


async def test_many_orders_with_one_key_are_one_payment(till: Till) -> None:
    bill = await till.desk.payable("100")
    assert await outcomes([till.pay(bill) for _ in range(MANY)]) == {"ok": MANY}
    assert await till.work() == 1
    assert till.stripe.charges == {"pi_1": 1}


async def test_many_orders_messages_and_workers_at_once_charge_what_is_owed(till: Till) -> None:
    bill = await till.desk.payable("100")
    await till.desk.top_up("10 USD")

    async def order(n: int) -> None:
        await asyncio.sleep(n / MANY)
        await till.pay(bill, amount="30 USD", key=f"key-{n}")

    async def messages() -> None:
        for n in range(40):
            for intent in list(till.stripe.intents.values()):
                for number in (n, 9 * n):
                    await till.tell("payment_intent.succeeded", number=number + 1, **intent)
            await asyncio.sleep(0.02)

    async def worker() -> None:
        for _ in range(60):
            await till.work()
            await asyncio.sleep(0.02)

    counts = await outcomes(
        [*(order(n) for n in range(MANY)), messages(), messages(), worker(), worker()]
    )
    await till.work()
    assert set(counts) <= {"ok", "PAYMENT_IN_PROGRESS", "AMOUNT_EXCEEDS_OUTSTANDING"}
    payments = counts["ok"] - 4
    assert 1 <= payments <= 3
    assert await statuses() == ["SUCCEEDED"] * payments
    assert (
        till.stripe.charges
        == Counter(list(till.stripe.intents))
        == Counter(f"pi_{n}" for n in range(1, payments + 1))
    )
    assert (await books())["CASH"] == 10 + 30 * payments
    assert (await Bill.get()).paid == 30 * payments


async def test_reversals_messages_and_orders_at_once_leave_true_books(till: Till) -> None:
    bill = await till.desk.payable("100")
    payment = await till.pay(bill)
    await till.work()
    back = {"payment_intent": "pi_1", "amount_refunded": 10_000}
    attempts = [
        attempt
        for n in range(1, 21)
        for attempt in (
            till.reverse(payment, key=f"r{n}"),
            till.tell("charge.refunded", number=n, **back),
            till.pay(bill, key=f"again-{n}"),
        )
    ]
    counts = await outcomes(attempts)
    assert set(counts) <= {"ok", "ALREADY_REVERSED", "PAYMENT_IN_PROGRESS", "NOTHING_DUE"}
    assert await LedgerEntry.filter(event="REVERSAL").count() == 2
    await till.work()
    standing = (await statuses()).count("SUCCEEDED")
    assert standing <= 1
    assert (await books()).get("CASH", 0) == 100 * standing


async def hear(tx: Tx, payment_id: int, word: GatewayWord, till: Till) -> None:
    await lock_partner(tx, till.desk.partner)
    payment = await Payment.get(id=payment_id, using_db=tx.client)
    await take_in(tx, payment, Answer(word, "pi_x"), now=till.now)


@pytest.mark.parametrize("seed", range(12))
async def test_books_hold_whatever_is_heard_paid_and_reversed(till: Till, seed: int) -> None:
    """0 or 1 effects of each payment, I6 and I18 after every step of a random walk."""
    dice = random.Random(seed)
    for month in (1, 2, 3):
        await till.desk.payable(
            f"{dice.randint(1, 9)}.{dice.randint(0, 99)}", cycle=f"2026-0{month}"
        )
    await till.desk.top_up("9 USD")
    orders = [
        {"amount": "1.5 USD", "means": "pm_debit"},
        {"means": "pm_card_authenticationRequired"},
        {"amount": "2 USD"},
    ]
    for n in range(30):
        payments = [payment.id for payment in await Payment.all()]
        step = dice.choice(["pay", "deposit", "hear", "hear", "hear", "reverse", "work"])
        try:
            match step:
                case "pay":
                    await till.pay(key=f"p{n}", **dice.choice(orders))
                case "deposit":
                    await till.desk.pay(amount="1 USD", key=f"d{n}")
                case "hear" if payments:
                    one, word = dice.choice(payments), dice.choice(list(GatewayWord))
                    if (await Payment.get(id=one)).method == "STRIPE":
                        await till.db.transact(hear, one, word, till)
                case "reverse" if payments:
                    await till.reverse(dice.choice(payments), key=f"r{n}")
                case "work":
                    await till.work()
        except BillingError:
            pass
        await books()
    effects = Counter(
        await LedgerEntry.filter(account="CASH").values_list("transaction_ref", flat=True)
    )
    assert set(effects.values()) <= {1}
