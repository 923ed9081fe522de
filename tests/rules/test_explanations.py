"""Explanations: every node is the sum of its addends, whatever the bill; sentences for people."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.derived import Tax, Terms, UsableCoupon, derive_lines
from models.rules.explanations import BillAmount, Explained, Explanation, Lines, explain
from models.rules.money import EXACT, exact_sum
from models.rules.totals import Sums, Totals, bill_totals

ZERO = Decimal(0)
NAMES = {
    BillAmount.EXPENDITURES: "expenditures",
    BillAmount.REFUNDS: "refunds",
    BillAmount.ADJUSTMENTS: "adjustments",
    BillAmount.SETTLEMENT: "settlement",
    BillAmount.COUPONS: "coupons",
    BillAmount.ROUNDING: "rounding",
    BillAmount.TAX: "tax",
    BillAmount.BILL_AMOUNT: "bill_amount",
    BillAmount.AMOUNT_DUE: "amount_due",
    BillAmount.CREDIT: "credit",
}

amounts = st.decimals(-(10**6), 10**6, places=18)


def lines_of(values: list[Decimal], first: int) -> Lines:
    """The largest `first` of them as lines."""
    ordered = sorted((v for v in values if v), key=abs, reverse=True)
    shown = [Explanation("Line", "A line.", value, line="pln_1") for value in ordered[:first]]
    return Lines(shown, len(ordered), exact_sum(ordered))


@st.composite
def bills(draw: st.DrawFn) -> Explained:
    """Any bill, with at most two lines shown of each addend."""
    columns = [draw(st.lists(amounts, max_size=4)) for _ in range(4)]
    sums = Sums(*map(exact_sum, columns))
    coupons = draw(st.lists(st.decimals(0, 10**5, places=2), max_size=2))
    rates = draw(st.lists(st.sampled_from(["0.06", "0.0725", "0.2"]), max_size=2))
    digits = draw(st.sampled_from([0, 2, 3]))
    terms = Terms(
        [UsableCoupon(n, f"Coupon {n}", value) for n, value in enumerate(coupons)],
        [Tax(f"Tax {n}", Decimal(rate), draw(st.booleans())) for n, rate in enumerate(rates)],
        digits,
    )
    derived = derive_lines(sums.settlement, sums.tax, terms)
    totals = bill_totals(sums, derived)
    payments = lines_of([-totals.amount_due / 4] * draw(st.integers(0, 3)), 2)
    names = ("expenditures", "refunds", "adjustments", "tax")
    lines = {name: lines_of(column, 2) for name, column in zip(names, columns, strict=True)}
    return Explained(
        totals=totals,
        paid=EXACT.minus(payments.total),
        lines={**lines, "payments": payments},
        derived=[(f"dln_{n}", line) for n, line in enumerate(derived)],
        currency="USD",
        digits=digits,
    )


def nodes(tree: Explanation) -> Iterator[Explanation]:
    """The tree, node by node."""
    yield tree
    for addend in tree.addends:
        yield from nodes(addend)


@given(bill=bills(), amount=st.sampled_from(BillAmount))
def test_every_node_is_the_sum_of_its_addends(bill: Explained, amount: BillAmount) -> None:
    tree = explain(amount, bill)
    for node in nodes(tree):
        if node.addends:
            assert node.amount == exact_sum(addend.amount for addend in node.addends), node
        assert node.label
        assert node.reason.endswith(".")
        assert node.label != "Not explained"


@given(bill=bills())
def test_the_root_is_the_amount_that_was_asked_for(bill: Explained) -> None:
    for amount, name in NAMES.items():
        assert explain(amount, bill).amount == getattr(bill.totals, name)
    outstanding = EXACT.subtract(bill.totals.amount_due, bill.paid)
    assert explain(BillAmount.OUTSTANDING, bill).amount == outstanding


@given(bill=bills(), amount=st.sampled_from(BillAmount))
def test_a_tree_is_neither_deep_nor_wide(bill: Explained, amount: BillAmount) -> None:
    def depth(node: Explanation) -> int:
        return 1 + max(map(depth, node.addends), default=0)

    tree = explain(amount, bill)
    assert depth(tree) <= 6
    assert all(len(node.addends) <= 5 for node in nodes(tree))


def a_bill(expenditures: str, refunds: str = "0", **changes: object) -> Explained:
    """A bill in dollars without anything derived but its rounding."""
    sums = Sums(Decimal(expenditures), Decimal(refunds), ZERO, ZERO)
    derived = derive_lines(sums.settlement, ZERO, Terms([], [], 2))
    lines = {
        "expenditures": lines_of([sums.expenditures], 20),
        "refunds": lines_of([sums.refunds], 20),
        **{name: lines_of([], 20) for name in ("adjustments", "tax", "payments")},
    }
    totals = bill_totals(sums, derived)
    values = {"totals": totals, "paid": ZERO, "lines": lines} | changes
    named = [(f"dln_{n}", line) for n, line in enumerate(derived)]
    return Explained(**values, derived=named, currency="USD", digits=2)  # type: ignore[arg-type]


REASONS = [
    (a_bill("10", "-22.5"), BillAmount.AMOUNT_DUE,
     "The bill amount is −12.50 USD, so nothing is due; 12.50 USD is to the partner's credit."),
    (a_bill("10", "-10"), BillAmount.AMOUNT_DUE, "The bill amount is 0.00 USD, so nothing is due."),
    (a_bill("10"), BillAmount.AMOUNT_DUE, "The bill amount is 10.00 USD, all of which is due."),
    (a_bill("10"), BillAmount.CREDIT, "The bill amount is 10.00 USD, which is no credit."),
    (a_bill("1", "-2"), BillAmount.CREDIT,
     "The bill amount is −1.00 USD, which is to the partner's credit."),
    (a_bill("10"), BillAmount.OUTSTANDING, "10.00 USD is due, and nothing was paid yet."),
    (a_bill("10", paid=Decimal(4)), BillAmount.OUTSTANDING,
     "10.00 USD is due, of which 4.00 USD was paid."),
    (a_bill("0"), BillAmount.OUTSTANDING, "Nothing is due, so nothing is outstanding."),
    (a_bill("7229.9999925"), BillAmount.ROUNDING,
     "7229.9999925 USD is rounded half up to 7230.00 USD."),
    (a_bill("7"), BillAmount.ROUNDING, "7.00 USD needs no rounding."),
    (a_bill("7"), BillAmount.TAX, "The bill carries no tax."),
]  # fmt: skip


@pytest.mark.parametrize(("bill", "amount", "reason"), REASONS)
def test_reason_is_a_sentence_for_people(bill: Explained, amount: BillAmount, reason: str) -> None:
    assert explain(amount, bill).reason == reason


def test_why_nothing_is_due_is_told_by_an_addend() -> None:
    tree = explain(BillAmount.AMOUNT_DUE, a_bill("10", "-22.5"))
    assert [(node.label, node.amount) for node in tree.addends] == [
        ("Bill amount", Decimal("-12.5")),
        ("Not due", Decimal("12.5")),
    ]


def test_lines_beyond_the_first_are_one_addend() -> None:
    values = [Decimal(n) for n in (5, -9, 1, 2)]
    lines = {name: lines_of([], 2) for name in ("refunds", "adjustments", "tax", "payments")}
    bill = a_bill("-1", lines={**lines, "expenditures": lines_of(values, 2)})
    tree = explain(BillAmount.EXPENDITURES, bill)
    told = [(node.label, node.amount) for node in tree.addends]
    assert told == [("Line", -9), ("Line", 5), ("2 more lines", 3)]


def test_what_damage_leaves_open_stands_there_by_itself() -> None:
    totals = a_bill("10").totals
    damaged = Totals(**{name: getattr(totals, name) for name in NAMES.values()} | {"refunds": ZERO})
    lines = {name: lines_of([], 2) for name in ("refunds", "adjustments", "tax", "payments")}
    bill = a_bill("10", totals=damaged, lines={**lines, "expenditures": lines_of([Decimal(7)], 2)})
    [_, open_] = explain(BillAmount.EXPENDITURES, bill).addends
    assert (open_.label, open_.amount) == ("Not explained", 3)
