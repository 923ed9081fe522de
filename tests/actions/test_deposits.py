"""Topping up: by sales operations, once for a key, to the minor unit."""

from decimal import Decimal

import pytest

from models.actions.deposits import TopUp, top_up_deposit
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode, Forbidden
from models.rules.money import Money
from models.tables.audit import AuditEntry
from models.tables.payments import LedgerEntry
from tests.actions.desk import NOW, Desk, finance, ledger, money
from tests.builders import a_partner


async def test_deposit_holds_what_came_in_by_currency(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    assert await desk.balance() == 0
    assert await desk.top_up("10.50 USD", "a") == Money(Decimal("10.5"), "USD")
    assert await desk.top_up("1.25 USD", "b") == Money(Decimal("11.75"), "USD")
    assert await desk.top_up("7 JPY", "c") == Money(Decimal(7), "JPY")
    assert (await desk.balance(), await desk.balance("JPY")) == (Decimal("11.75"), 7)
    entry = await AuditEntry.filter(action="TOP_UP_DEPOSIT").order_by("id").first()
    assert entry is not None
    assert (entry.subject, entry.partner_id) == ("sam", desk.partner)
    assert entry.details == {"amount": "10.5", "currency": "USD"}


async def test_same_key_and_body_give_the_same_answer(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.top_up("10 USD", "a")
    await desk.top_up("5 USD", "b")
    assert await desk.top_up("10.00 USD", "a") == Money(Decimal(10), "USD")
    assert await ledger() == {"CASH": 15, "DEPOSIT": -15}
    with pytest.raises(BillingError) as refused:
        await desk.top_up("11 USD", "a")
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT


async def test_partners_have_deposits_of_their_own(db: Database) -> None:
    one, two = Desk(db, await a_partner(db)), Desk(db, await a_partner(db))
    await one.top_up("10 USD")
    await two.top_up("3 USD")
    assert (await one.balance(), await two.balance()) == (10, 3)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0 USD", ErrorCode.INVALID_AMOUNT),
        ("-5 USD", ErrorCode.INVALID_AMOUNT),
        ("0.001 USD", ErrorCode.INVALID_AMOUNT),
        ("1.5 JPY", ErrorCode.INVALID_AMOUNT),
        ("5 ZZZ", ErrorCode.INVALID_CURRENCY),
    ],
)
async def test_amount_that_cannot_be_is_refused(db: Database, amount: str, code: ErrorCode) -> None:
    desk = Desk(db, await a_partner(db))
    with pytest.raises(BillingError) as refused:
        await desk.top_up(amount)
    assert refused.value.code is code
    assert await LedgerEntry.all().count() == 0


async def test_unknown_partner_is_not_found(db: Database) -> None:
    with pytest.raises(BillingError) as refused:
        await Desk(db, 404).top_up("5 USD")
    assert refused.value.code is ErrorCode.NOT_FOUND


async def test_partner_may_not_top_up_itself(db: Database) -> None:
    partner = await a_partner(db)
    top_up = TopUp(partner, money("5 USD"), "key")
    with pytest.raises(Forbidden):
        await db.transact(top_up_deposit, finance(partner), top_up, now=NOW)
