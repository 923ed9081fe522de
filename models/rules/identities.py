"""The identities I1 to I12 of one bill: both sides of each, from sums that know nothing of another.

What a bill says on top is held against what is stored below: customers, product lines, charges,
derived lines, allocations and the ledger. Nothing is taken for granted, so that a damaged bill
tells where it is damaged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.derived import ZERO, DerivedLine
from models.rules.money import EXACT, exact_sum, round_half_up, spread_rounding
from models.rules.states import DerivedType
from models.rules.totals import Sums, Totals

ADDENDS = ("expenditures", "refunds", "adjustments")


@dataclass(frozen=True, slots=True)
class Identity:
    """Two sides that are to be equal, in the bill's currency; one name may stand for several."""

    name: str
    statement: str
    left: Decimal
    right: Decimal

    @property
    def difference(self) -> Decimal:
        """Left less right: 0 where the identity holds."""
        return EXACT.subtract(self.left, self.right)

    @property
    def is_held(self) -> bool:
        """Whether both sides are equal, exactly."""
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class Level:
    """The sums of one level of a bill's rows; `total` is the sum of their own totals."""

    expenditures: Decimal
    refunds: Decimal
    adjustments: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Views:
    """The expenditures by product and by region, and what stands beside them."""

    products: Decimal
    regions: Decimal
    others: Decimal


@dataclass(frozen=True, slots=True)
class Gaps:
    """How far each customer is from its lines, and each line from its charges, added up.

    Signs aside, so that what is wrong in two places does not cancel out.
    """

    customers: Decimal
    lines: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that moved for the bill.

    `paid` is what the bill says, `allocated` what payments say, `reversed` the part of that which
    was taken back. `ledger` is what stands there as owed for the bill; `is_booked` says whether
    anything should.
    """

    paid: Decimal
    allocated: Decimal
    reversed: Decimal
    ledger: Decimal
    is_booked: bool


@dataclass(frozen=True, slots=True)
class Pane:
    """What is outstanding on all bills of the partner in this currency (R11).

    `total` is what the bills say; `due`, `allocated` and `reversed` are what that follows from.
    """

    total: Decimal
    due: Decimal
    allocated: Decimal
    reversed: Decimal


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sums about one bill; `digits` are those of its currency's minor unit."""

    head: Totals
    customers: Level
    unassigned: Level
    charges: Sums
    views: Views
    gaps: Gaps
    derived: Sequence[DerivedLine]
    moved: Moved
    pane: Pane
    digits: int

    @property
    def base(self) -> Decimal:
        """Settlement less coupons."""
        return EXACT.subtract(self.head.settlement, self.head.coupons)

    def sum_of(self, line_type: DerivedType) -> Decimal:
        """What the derived lines of a type come to, signed as they count."""
        return exact_sum(line.amount for line in self.derived if line.line_type is line_type)


def identities(bill: Evidence) -> list[Identity]:
    """I1 to I12, in this order.

    I12, which the domain leaves open, is that the ledger has the bill amount as owed once the bill
    is booked, confirmed or issued where that is enough, and nothing before.
    """
    return [
        *_settlement(bill),
        *_coupons(bill),
        _tax(bill),
        *_bill_amount(bill),
        *_amount_due(bill),
        *_outstanding(bill),
        _pane(bill),
        *_by_product(bill),
        *_by_customer(bill),
        *_nesting(bill),
        _rounded_rows(bill),
        _ledger(bill),
    ]


def _settlement(bill: Evidence) -> Iterator[Identity]:
    head = bill.head
    addends = exact_sum(getattr(head, name) for name in ADDENDS)
    says = "The settlement is expenditures + refunds + adjustments."
    yield Identity("I1", says, head.settlement, addends)
    for name in ADDENDS:
        says = f"The {name} are the sum of the charges of that type."
        yield Identity("I1", says, getattr(head, name), getattr(bill.charges, name))


def _coupons(bill: Evidence) -> Iterator[Identity]:
    coupons = bill.head.coupons
    most = max(ZERO, bill.head.settlement)
    says = "Coupons are at least 0, and at most the settlement, or 0 where that is negative."
    yield Identity("I2", says, coupons, min(max(ZERO, coupons), most))
    says = "Coupons are what the coupon lines take off."
    yield Identity("I2", says, coupons, EXACT.minus(bill.sum_of(DerivedType.COUPON)))


def _tax(bill: Evidence) -> Identity:
    rates = [line.rate for line in bill.derived if line.rate is not None]
    parts = [bill.charges.tax, *(EXACT.multiply(rate, bill.base) for rate in rates)]
    says = (
        "Tax is rate × (settlement − coupons), rounded, for each component, and the imported tax,"
        " rounded."
    )
    return Identity(
        "I3", says, bill.head.tax, exact_sum(round_half_up(part, bill.digits) for part in parts)
    )


def _bill_amount(bill: Evidence) -> Iterator[Identity]:
    head, rounded = bill.head, round_half_up(bill.base, bill.digits)
    says = "The bill amount is settlement − coupons, rounded half up, + tax."
    yield Identity("I4", says, head.bill_amount, EXACT.add(rounded, head.tax))
    says = "The rounding is what that rounding added."
    yield Identity("I4", says, head.rounding, EXACT.subtract(rounded, bill.base))
    lines = exact_sum((head.settlement, *(line.amount for line in bill.derived)))
    says = "The bill amount is the settlement and all derived lines."
    yield Identity("I4", says, head.bill_amount, lines)


def _amount_due(bill: Evidence) -> Iterator[Identity]:
    head = bill.head
    says = "The amount due is the bill amount, or 0 where that is negative."
    yield Identity("I5", says, head.amount_due, max(ZERO, head.bill_amount))
    says = "Amount due − credit is the bill amount."
    yield Identity("I5", says, EXACT.subtract(head.amount_due, head.credit), head.bill_amount)


def _outstanding(bill: Evidence) -> Iterator[Identity]:
    due, moved = bill.head.amount_due, bill.moved
    outstanding = EXACT.subtract(due, moved.paid)
    followed = exact_sum((due, EXACT.minus(moved.allocated), moved.reversed))
    says = "What is outstanding is the amount due − allocations + reversals."
    yield Identity("I6", says, outstanding, followed)
    says = "What is outstanding lies between 0 and the amount due."
    yield Identity("I6", says, outstanding, min(max(ZERO, outstanding), due))


def _pane(bill: Evidence) -> Identity:
    pane = bill.pane
    followed = exact_sum((pane.due, EXACT.minus(pane.allocated), pane.reversed))
    says = "The partner's total in this currency is what is outstanding on all its bills."
    return Identity("I7", says, pane.total, followed)


def _by_product(bill: Evidence) -> Iterator[Identity]:
    head, views = bill.head, bill.views
    says = "The products add up to the expenditures."
    yield Identity("I8", says, views.products, head.expenditures)
    says = "The regions, none included, add up to the expenditures."
    yield Identity("I8", says, views.regions, head.expenditures)
    says = "Others are refunds + adjustments."
    yield Identity("I8", says, views.others, EXACT.add(head.refunds, head.adjustments))


def _by_customer(bill: Evidence) -> Iterator[Identity]:
    for name in ADDENDS:
        says = f"The customers, with what belongs to none, add up to the {name}."
        level = EXACT.add(getattr(bill.customers, name), getattr(bill.unassigned, name))
        yield Identity("I9", says, level, getattr(bill.head, name))


def _nesting(bill: Evidence) -> Iterator[Identity]:
    total = EXACT.add(bill.customers.total, bill.unassigned.total)
    says = "The totals of the customers, with what belongs to none, add up to the settlement."
    yield Identity("I10", says, total, bill.head.settlement)
    says = "No customer is apart from its product lines."
    yield Identity("I10", says, bill.gaps.customers, ZERO)
    says = "No product line is apart from its charges."
    yield Identity("I10", says, bill.gaps.lines, ZERO)


def _rounded_rows(bill: Evidence) -> Identity:
    rows = [*(getattr(bill.head, name) for name in ADDENDS), EXACT.minus(bill.head.coupons)]
    says = "The addends, rounded by largest remainder, add up to settlement − coupons, rounded."
    shown = exact_sum(spread_rounding(rows, bill.digits))
    return Identity("I11", says, shown, round_half_up(bill.base, bill.digits))


def _ledger(bill: Evidence) -> Identity:
    owed = bill.head.bill_amount if bill.moved.is_booked else ZERO
    says = (
        "The ledger has the bill amount as owed once the bill is booked, and 0 before; credit that"
        " was carried on is an entry of its own."
    )
    return Identity("I12", says, bill.moved.ledger, owed)
