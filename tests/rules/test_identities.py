"""The identities I1 to I12: held by every bill that adds up, and each broken by its own damage."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.derived import Tax, Terms, UsableCoupon, derive_lines
from models.rules.identities import Evidence, Gaps, Level, Moved, Pane, Views, identities
from models.rules.money import EXACT, exact_sum
from models.rules.totals import Sums, bill_totals

ZERO = Decimal(0)
amounts = st.decimals(-(10**9), 10**9, places=18)


def a_bill(sums: Sums, terms: Terms, *, is_booked: bool = True, part: int = 0) -> Evidence:
    """The evidence of a bill that is sound; `part` hundredths of what is due are paid."""
    derived = derive_lines(sums.settlement, sums.tax, terms)
    head = bill_totals(sums, derived)
    due = head.amount_due
    paid = EXACT.divide(EXACT.multiply(due, Decimal(part)), Decimal(100))
    level = Level(
        sums.expenditures, sums.refunds, ZERO, exact_sum((head.settlement, -sums.adjustments))
    )
    return Evidence(
        head=head,
        customers=level,
        unassigned=Level(ZERO, ZERO, sums.adjustments, sums.adjustments),
        charges=sums,
        views=Views(
            sums.expenditures, sums.expenditures, EXACT.add(sums.refunds, sums.adjustments)
        ),
        gaps=Gaps(ZERO, ZERO),
        derived=derived,
        moved=Moved(paid, paid + 5, Decimal(5), head.bill_amount if is_booked else ZERO, is_booked),
        pane=Pane(EXACT.subtract(due, paid), due, paid + 5, Decimal(5)),
        digits=terms.digits,
    )


@given(
    columns=st.tuples(amounts, amounts, amounts, amounts),
    coupons=st.lists(st.decimals(0, 10**6, places=2), max_size=3),
    rates=st.lists(st.decimals("0.001", 1, places=4), max_size=3),
    digits=st.sampled_from([0, 2, 3]),
    has=st.tuples(st.booleans(), st.booleans()),
)
def test_every_identity_holds_for_a_bill_that_adds_up(
    columns: tuple[Decimal, ...],
    coupons: list[Decimal],
    rates: list[Decimal],
    digits: int,
    has: tuple[bool, bool],
) -> None:
    taxes_negative, is_booked = has
    usable = [UsableCoupon(n, f"Coupon {n}", left) for n, left in enumerate(coupons)]
    taxes = [Tax(f"Tax {n}", rate, taxes_negative) for n, rate in enumerate(rates)]
    bill = a_bill(Sums(*columns), Terms(usable, taxes, digits), is_booked=is_booked)
    found = identities(bill)
    assert [i for i in found if not i.is_held] == []
    assert {i.difference for i in found} == {0}
    assert list(dict.fromkeys(i.name for i in found)) == [f"I{n}" for n in range(1, 13)]
    assert len({i.statement for i in found}) == len(found)


SUMS = Sums(Decimal("140.000005"), Decimal(-30), Decimal(-20), Decimal("0.305"))
TERMS = Terms([UsableCoupon(1, "Welcome", Decimal("10.5"))], [Tax("VAT", Decimal("0.06"))], 2)
SOUND = a_bill(SUMS, TERMS, part=10)

DAMAGE: list[tuple[str, dict[str, Any], set[str]]] = [
    ("head", {"settlement": Decimal(1)}, {"I1", "I2", "I3", "I4", "I10", "I11"}),
    ("head", {"expenditures": Decimal(1)}, {"I1", "I8", "I9", "I11"}),
    ("head", {"refunds": Decimal(1)}, {"I1", "I8", "I9", "I11"}),
    ("head", {"coupons": Decimal(-1)}, {"I2", "I3", "I4"}),
    ("head", {"tax": Decimal(1)}, {"I3", "I4"}),
    ("head", {"rounding": Decimal(1)}, {"I4"}),
    ("head", {"bill_amount": Decimal(1)}, {"I4", "I5", "I12"}),
    ("head", {"amount_due": Decimal(1)}, {"I5", "I6"}),
    ("head", {"credit": Decimal(1)}, {"I5"}),
    ("charges", {"adjustments": Decimal(1)}, {"I1"}),
    ("charges", {"tax": Decimal(1)}, {"I3"}),
    ("customers", {"expenditures": Decimal(1)}, {"I9"}),
    ("unassigned", {"total": Decimal(1)}, {"I10"}),
    ("views", {"products": Decimal(1)}, {"I8"}),
    ("views", {"regions": Decimal(1)}, {"I8"}),
    ("views", {"others": Decimal(1)}, {"I8"}),
    ("gaps", {"customers": Decimal(1)}, {"I10"}),
    ("gaps", {"lines": Decimal(1)}, {"I10"}),
    ("moved", {"paid": Decimal(1)}, {"I6"}),
    ("moved", {"paid": Decimal(1000), "allocated": Decimal(1005)}, {"I6"}),
    ("moved", {"ledger": Decimal(1)}, {"I12"}),
    ("moved", {"is_booked": False}, {"I12"}),
    ("pane", {"total": Decimal(1)}, {"I7"}),
]


@pytest.mark.parametrize(("part", "changes", "broken"), DAMAGE)
def test_damage_breaks_the_identities_that_it_touches(
    part: str, changes: dict[str, Any], broken: set[str]
) -> None:
    bill = replace(SOUND, **{part: replace(getattr(SOUND, part), **changes)})
    assert {i.name for i in identities(bill) if not i.is_held} == broken


def test_a_lost_derived_line_breaks_the_formula() -> None:
    for place, broken in ((0, {"I2", "I4"}), (1, {"I4"}), (2, {"I3", "I4"}), (3, {"I4"})):
        lines = [line for n, line in enumerate(SOUND.derived) if n != place]
        found = identities(replace(SOUND, derived=lines))
        assert {i.name for i in found if not i.is_held} == broken, place


def test_sides_and_difference_are_told() -> None:
    bill = replace(SOUND, views=replace(SOUND.views, products=Decimal("140.1")))
    [broken] = [i for i in identities(bill) if not i.is_held]
    assert (broken.left, broken.right) == (Decimal("140.1"), Decimal("140.000005"))
    assert broken.difference == Decimal("0.099995")
