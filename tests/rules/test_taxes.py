"""What taxes and coupons must be before they are set."""

from datetime import date
from decimal import Decimal

import pytest

from models.rules.coupons import checked_grant
from models.rules.derived import Tax
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.taxes import checked_taxes

DAY = date(2026, 3, 1)
BAD_NAMES = ["", "  ", "x" * 201, "a\x00b", "a\nb\x07", "\ud800"]


def test_names_are_trimmed() -> None:
    assert checked_grant(" Welcome ", DAY, DAY) == "Welcome"
    assert checked_taxes([Tax(" VAT ", Decimal("0.06"))]) == (Tax("VAT", Decimal("0.06")),)


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_bad_names_are_refused_with_their_place(name: str) -> None:
    with pytest.raises(InvalidInput) as coupon:
        checked_grant(name, DAY, DAY)
    assert coupon.value.path == ("name",)
    with pytest.raises(InvalidInput) as tax:
        checked_taxes([Tax("VAT", Decimal(0)), Tax(name, Decimal(0))])
    assert tax.value.path == ("components", "1", "name")


@pytest.mark.parametrize("rate", ["-0.000001", "1.000001", "6"])
def test_a_rate_is_a_fraction(rate: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_taxes([Tax("VAT", Decimal(rate))])
    assert refused.value.code is ErrorCode.INVALID_AMOUNT


@pytest.mark.parametrize(
    "names", [["VAT", "VAT"], ["VAT", " VAT"], ["Imported tax"], [str(n) for n in range(11)]]
)
def test_components_need_names_of_their_own_and_are_few(names: list[str]) -> None:
    with pytest.raises(InvalidInput):
        checked_taxes([Tax(name, Decimal("0.01")) for name in names])


def test_a_coupon_may_hold_for_one_day_but_not_less() -> None:
    assert checked_grant("Day", DAY, DAY) == "Day"
    with pytest.raises(InvalidInput) as refused:
        checked_grant("Day", DAY, date(2026, 2, 28))
    assert refused.value.code is ErrorCode.INVALID_RANGE
