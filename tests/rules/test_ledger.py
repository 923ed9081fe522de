"""Double entry: both sides of every transaction, and nothing for nothing."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.ledger import (
    Side,
    Sides,
    bill_sides,
    carried_credit_sides,
    payment_sides,
    top_up_sides,
)
from models.rules.money import exact_sum
from models.rules.states import LedgerAccount

EVENTS = (bill_sides, carried_credit_sides, payment_sides, top_up_sides)


@given(st.decimals(-(10**30), 10**30, allow_nan=False, allow_infinity=False, places=3))
def test_debits_are_credits(amount: Decimal) -> None:
    for event in EVENTS:
        assert exact_sum(side.amount for side in event(amount)) == 0


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_is_entered_for_nothing(event: Callable[[Decimal], Sides]) -> None:
    assert event(Decimal("0.00")) == ()


@pytest.mark.parametrize(
    ("event", "debit", "credit"),
    [
        (bill_sides, "RECEIVABLE", "SALES"),
        (carried_credit_sides, "RECEIVABLE", "SALES"),
        (payment_sides, "DEPOSIT", "RECEIVABLE"),
        (top_up_sides, "CASH", "DEPOSIT"),
    ],
)
def test_amount_goes_to_the_accounts(
    event: Callable[[Decimal], Sides], debit: str, credit: str
) -> None:
    assert event(Decimal(7)) == (
        Side(LedgerAccount(debit), Decimal(7)),
        Side(LedgerAccount(credit), Decimal(-7)),
    )


def test_negative_bill_goes_the_other_way() -> None:
    assert bill_sides(Decimal(-7)) == (
        Side(LedgerAccount.RECEIVABLE, Decimal(-7)),
        Side(LedgerAccount.SALES, Decimal(7)),
    )
