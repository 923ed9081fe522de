"""The formula of a bill, and the identities that always hold (I1 to I5, I11)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.derived import ZERO, DerivedLine, Tax, Terms, UsableCoupon, derive_lines
from models.rules.money import EXACT, exact_sum, round_half_up, spread_rounding
from models.rules.states import CreditPolicy, DerivedType
from models.rules.totals import Sums, Totals, bill_totals, carried_of

DIGITS = st.sampled_from((0, 2, 3))


def amounts(bound: int = 10**12) -> st.SearchStrategy[Decimal]:
    return st.decimals(-bound, bound, allow_nan=False, allow_infinity=False, places=18)


@st.composite
def sums(draw: st.DrawFn) -> Sums:
    return Sums(draw(amounts()), draw(amounts()), draw(amounts()), draw(amounts()))


def coupons() -> st.SearchStrategy[list[UsableCoupon]]:
    left = st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=18)
    return st.lists(st.builds(UsableCoupon, st.integers(1, 9), st.just("C"), left), max_size=4)


def taxes() -> st.SearchStrategy[list[Tax]]:
    rates = st.decimals(0, 1, allow_nan=False, allow_infinity=False, places=6)
    return st.lists(st.builds(Tax, st.just("VAT"), rates, st.booleans()), max_size=3)


def the_totals(given_sums: Sums, terms: Terms) -> Totals:
    return bill_totals(given_sums, derive_lines(given_sums.settlement, given_sums.tax, terms))


def plain(digits: int = 2) -> Terms:
    return Terms((), (), digits)


@given(sums(), st.builds(Terms, coupons(), taxes(), DIGITS))
def test_identities_hold_for_any_amounts(given_sums: Sums, terms: Terms) -> None:
    digits = terms.digits
    totals = the_totals(given_sums, terms)
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


@given(sums(), st.builds(Terms, coupons(), taxes(), DIGITS))
def test_lines_add_up_to_the_bill_amount_and_each_tax_is_rounded_once(
    given_sums: Sums, terms: Terms
) -> None:
    lines = derive_lines(given_sums.settlement, given_sums.tax, terms)
    totals = bill_totals(given_sums, lines)
    everything = (given_sums.settlement, *(line.amount for line in lines))
    assert totals.bill_amount == exact_sum(everything)
    base = EXACT.subtract(totals.settlement, totals.coupons)
    components = [
        round_half_up(EXACT.multiply(tax.rate, base), terms.digits)
        for tax in terms.taxes
        if base > 0 or tax.taxes_negative
    ]
    imported = round_half_up(given_sums.tax, terms.digits)
    assert totals.tax == exact_sum((*components, imported))


@given(amounts(), coupons())
def test_coupons_are_used_up_in_order(
    settlement: Decimal, given_coupons: list[UsableCoupon]
) -> None:
    lines = derive_lines(settlement, ZERO, Terms(given_coupons, (), 2))
    used = [line for line in lines if line.line_type is DerivedType.COUPON]
    available = exact_sum(coupon.left for coupon in given_coupons)
    everything = min(available, max(ZERO, settlement))
    assert exact_sum(line.amount for line in used) == everything.copy_negate()
    # Whatever comes before the last coupon that is used is used up.
    worth = [coupon for coupon in given_coupons if coupon.left]
    for line, coupon in list(zip(used, worth, strict=False))[:-1]:
        assert (line.coupon_id, line.amount.copy_negate()) == (coupon.coupon_id, coupon.left)


def test_seed_example_adds_up() -> None:
    settlement, coupon = Decimal("8083.8494925"), UsableCoupon(1, "Welcome", Decimal("853.8495"))
    lines = derive_lines(settlement, ZERO, Terms([coupon], [], 2))
    assert lines == [
        DerivedLine(DerivedType.COUPON, "Welcome", Decimal("-853.8495"), coupon_id=1),
        DerivedLine(DerivedType.ROUNDING, "Rounding", Decimal("0.0000075")),
    ]
    assert bill_totals(Sums(settlement, ZERO, ZERO, ZERO), lines).bill_amount == Decimal("7230.00")


@pytest.mark.parametrize(("taxes_negative", "tax"), [(False, "0"), (True, "-0.60")])
def test_a_negative_base_is_taxed_only_where_the_component_says_so(
    taxes_negative: bool, tax: str
) -> None:
    terms = Terms((), [Tax("VAT", Decimal("0.06"), taxes_negative)], 2)
    totals = the_totals(Sums(ZERO, Decimal(-10), ZERO, ZERO), terms)
    assert (totals.tax, totals.credit) == (Decimal(tax), 10 - Decimal(tax))


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
    totals = the_totals(Sums(Decimal(exact), ZERO, ZERO, ZERO), plain(digits))
    assert (totals.bill_amount, totals.rounding) == (Decimal(rounded), Decimal(rounding))


def test_tax_is_rounded_by_itself_and_stands_beside_the_settlement() -> None:
    totals = the_totals(Sums(Decimal("0.004"), ZERO, ZERO, Decimal("0.015")), plain())
    assert (totals.settlement, totals.tax, totals.bill_amount) == (
        Decimal("0.004"),
        Decimal("0.02"),
        Decimal("0.02"),
    )


@pytest.mark.parametrize("used", ["-0.01", "90.01"])
def test_coupons_beyond_the_settlement_are_a_bug(used: str) -> None:
    sums_of_90 = Sums(Decimal(140), Decimal(-30), Decimal(-20), ZERO)
    line = DerivedLine(DerivedType.COUPON, "C", -Decimal(used), coupon_id=1)
    with pytest.raises(ValueError, match="coupons"):
        bill_totals(sums_of_90, [line])


@given(st.lists(amounts(), max_size=20), DIGITS)
def test_rounded_rows_add_up_to_the_rounded_total(values: list[Decimal], digits: int) -> None:
    rows = spread_rounding(values, digits)
    assert exact_sum(rows) == round_half_up(exact_sum(values), digits)
    unit = Decimal(1).scaleb(-digits)
    assert all(abs(EXACT.subtract(a, b)) < unit for a, b in zip(rows, values, strict=True))


def test_ties_go_to_the_earlier_row() -> None:
    shown = spread_rounding([Decimal("10.005")] * 3, 2)
    assert [str(row) for row in shown] == ["10.01", "10.01", "10.00"]


HELD, CARRIED = CreditPolicy.HELD, CreditPolicy.CARRIED
MONTHS = 3


class Bills:
    """A partner's bills of consecutive months, each booked again when something came."""

    def __init__(self) -> None:
        # One month more than there are bills: what is carried to it waits there.
        self.charges = [ZERO] * (MONTHS + 1)
        self.carried = [ZERO] * MONTHS

    def totals(self, month: int) -> Totals:
        return the_totals(Sums(self.charges[month], ZERO, ZERO, ZERO), plain())

    def post(self, month: int, amount: Decimal, policy: CreditPolicy) -> None:
        while amount:
            self.charges[month] += amount
            if month == MONTHS:
                return
            credit, so_far = self.totals(month).credit, self.carried[month]
            self.carried[month] = carried_of(credit, so_far=so_far, policy=policy)
            month, amount = month + 1, so_far - self.carried[month]

    @property
    def held(self) -> list[Decimal]:
        return [self.totals(month).credit - self.carried[month] for month in range(MONTHS)]

    @property
    def position(self) -> Decimal:
        due = exact_sum(self.totals(month).amount_due for month in range(MONTHS))
        return due - exact_sum(self.held) + self.charges[MONTHS]


@given(
    st.lists(
        st.tuples(
            st.integers(0, MONTHS - 1),
            st.decimals(-200, 200, allow_nan=False, allow_infinity=False, places=2),
            st.sampled_from(CreditPolicy),
        )
    )
)
def test_position_is_the_sum_of_charges_whenever_the_policy_changes(
    charges: list[tuple[int, Decimal, CreditPolicy]],
) -> None:
    bills = Bills()
    for month, amount, policy in charges:
        bills.post(month, amount, policy)
        assert min(bills.carried) >= 0
        assert min(bills.held) >= 0
    assert bills.position == exact_sum(amount for _, amount, _ in charges)


@pytest.mark.parametrize(
    ("policy", "credit", "so_far", "carried"),
    [
        (CARRIED, 50, 0, 50),
        (CARRIED, 30, 50, 30),
        (CARRIED, 30, 0, 30),
        (HELD, 50, 0, 0),
        (HELD, 30, 50, 30),
        (HELD, 70, 50, 50),
        (HELD, 0, 50, 0),
    ],
)
def test_credit_that_is_carried(
    policy: CreditPolicy, credit: int, so_far: int, carried: int
) -> None:
    assert carried_of(Decimal(credit), so_far=Decimal(so_far), policy=policy) == carried
