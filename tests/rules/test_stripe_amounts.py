"""Amounts as Stripe counts them."""

from decimal import Decimal

import pytest

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.money import Money
from models.rules.stripe_amounts import stripe_units


@pytest.mark.parametrize(
    ("amount", "currency", "digits", "units"),
    [
        ("7.50", "USD", 2, 750),
        ("0.01", "EUR", 2, 1),
        ("500", "JPY", 0, 500),
        ("500", "ISK", 0, 50_000),
        ("1", "UGX", 0, 100),
        ("7", "MGA", 2, 7),
        ("1.23", "KWD", 3, 1230),
        ("99999999999999999999.99", "USD", 2, 9_999_999_999_999_999_999_999),
    ],
)
def test_amount_is_counted_in_the_smallest_unit(
    amount: str, currency: str, digits: int, units: int
) -> None:
    assert stripe_units(Money(Decimal(amount), currency), digits) == units


@pytest.mark.parametrize(
    ("amount", "currency", "digits", "says"),
    [
        ("1.234", "KWD", 3, "2 decimals of KWD"),
        ("0.005", "USD", 2, "2 decimals of USD"),
        ("7.50", "MGA", 2, "0 decimals of MGA"),
    ],
)
def test_amount_that_stripe_does_not_take_is_refused(
    amount: str, currency: str, digits: int, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        stripe_units(Money(Decimal(amount), currency), digits)
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_AMOUNT, ("amount",))
