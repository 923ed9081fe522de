"""The formula of a bill, and the identities that always hold (I1 to I5, I11)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.money import EXACT, exact_sum, round_half_up, spread_rounding
from models.rules.totals import Sums, bill_totals

ZERO = Decimal(0)
DIGITS = st.sampled_from((0, 2, 3))


def amounts(bound: int = 10**12) -> st.SearchStrategy[Decimal]:
    return st.decimals(-bound, bound, allow_nan=False, allow_infinity=False, places=18)


@st.composite
def sums(draw: st.DrawFn) -> Sums:
    return Sums(draw(amounts()), draw(amounts()), draw(amounts()), draw(amounts()))


@given(sums(), DIGITS, st.integers(0, 100))
def test_identities_hold_for_any_amounts(given_sums: Sums, digits: int, percent: int) -> None:
    coupons = EXACT.multiply(max(ZERO, given_sums.settlement), Decimal(percent).scaleb(-2))
    totals = bill_totals(given_sums, coupons=coupons, digits=digits)
    addends = (totals.expenditures, totals.refunds, totals.adjustments)
    assert totals.settlement == exact_sum(addends)
    assert 0 <= totals.coupons <= max(ZERO, totals.settlement)
    parts = (totals.settlement, totals.coupons.copy_negate(), totals.rounding, totals.tax)
    assert totals.bill_amount == exact_sum(parts)
    unit = Decimal(1).scaleb(-digits)
    assert EXACT.remainder(totals.bill_amount, unit) == 0
    assert abs(totals.rounding) <= unit / 2
    assert EXACT.subtract(totals.amount_due, totals.credit) == totals.bill_amount
    assert totals.amount_due >= 0
    assert totals.credit >= 0
    assert 0 in (totals.amount_due, totals.credit)


@pytest.mark.parametrize(
    ("exact", "digits", "rounded", "rounding"),
    [
        ("7229.9999925", 2, "7230.00", "0.0000075"),
        ("0.005", 2, "0.01", "0.005"),
        ("-0.005", 2, "-0.01", "-0.005"),
        ("0.5", 0, "1", "0.5"),
        ("1.0004999", 3, "1.000", "-0.0004999"),
    ],
)
def test_bill_amount_is_rounded_half_away_from_zero(
    exact: str, digits: int, rounded: str, rounding: str
) -> None:
    totals = bill_totals(Sums(Decimal(exact), ZERO, ZERO, ZERO), coupons=ZERO, digits=digits)
    assert (totals.bill_amount, totals.rounding) == (Decimal(rounded), Decimal(rounding))


def test_tax_is_rounded_by_itself_and_stands_beside_the_settlement() -> None:
    totals = bill_totals(
        Sums(Decimal("0.004"), ZERO, ZERO, Decimal("0.015")), coupons=ZERO, digits=2
    )
    assert (totals.settlement, totals.tax, totals.bill_amount) == (
        Decimal("0.004"),
        Decimal("0.02"),
        Decimal("0.02"),
    )


@pytest.mark.parametrize("coupons", ["-0.01", "90.01"])
def test_coupons_beyond_the_settlement_are_a_bug(coupons: str) -> None:
    sums_of_90 = Sums(Decimal(140), Decimal(-30), Decimal(-20), ZERO)
    with pytest.raises(ValueError, match="coupons"):
        bill_totals(sums_of_90, coupons=Decimal(coupons), digits=2)


@given(st.lists(amounts(), max_size=20), DIGITS)
def test_rounded_rows_add_up_to_the_rounded_total(values: list[Decimal], digits: int) -> None:
    rows = spread_rounding(values, digits)
    assert exact_sum(rows) == round_half_up(exact_sum(values), digits)
    unit = Decimal(1).scaleb(-digits)
    assert all(abs(EXACT.subtract(a, b)) < unit for a, b in zip(rows, values, strict=True))


def test_ties_go_to_the_earlier_row() -> None:
    shown = spread_rounding([Decimal("10.005")] * 3, 2)
    assert [str(row) for row in shown] == ["10.01", "10.01", "10.00"]
