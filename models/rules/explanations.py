"""Why an amount of a bill is what it is: a tree whose every node is the sum of its addends.

The two rules that are no sums, max(0, x) and rounding, stand there as addends of their own. What
damage may have left unexplained does, too, so that the tree adds up whatever is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from models.rules.derived import DerivedLine
from models.rules.money import EXACT, amount_text, exact_sum, round_half_up
from models.rules.states import DerivedType
from models.rules.totals import Totals


class BillAmount(StrEnum):
    """The amounts of a bill that can be explained."""

    EXPENDITURES = "EXPENDITURES"
    REFUNDS = "REFUNDS"
    ADJUSTMENTS = "ADJUSTMENTS"
    SETTLEMENT = "SETTLEMENT"
    COUPONS = "COUPONS"
    ROUNDING = "ROUNDING"
    TAX = "TAX"
    BILL_AMOUNT = "BILL_AMOUNT"
    AMOUNT_DUE = "AMOUNT_DUE"
    CREDIT = "CREDIT"
    OUTSTANDING = "OUTSTANDING"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An amount, why it is that, and what it is the sum of; nothing below a line or a rule.

    `line` is the public id of the product line, derived line or payment that it is.
    """

    label: str
    reason: str
    amount: Decimal
    addends: tuple["Explanation", ...] = ()
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """The largest lines of an amount, and how many there are and come to in all."""

    largest: Sequence[Explanation]
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """A bill as far as it is explained; `digits` are those of the currency's minor unit.

    `lines` are by addend: expenditures, refunds, adjustments, tax and payments (0 or negative).
    `derived` are the derived lines by their public ids.
    """

    totals: Totals
    paid: Decimal
    lines: Mapping[str, Lines]
    derived: Sequence[tuple[str, DerivedLine]]
    currency: str
    digits: int

    def said(self, amount: Decimal) -> str:
        """An exact amount for people: −12.50 USD."""
        least = round_half_up(amount, self.digits)
        text = format(least, "f") if least == amount else amount_text(amount)
        return f"{text.replace('-', '−')} {self.currency}"


def explain(amount: BillAmount, bill: Explained) -> Explanation:
    """The tree of an amount, which is the bill's total of that name."""
    return _TREES[amount](bill)


def _node(label: str, reason: str, amount: Decimal, *addends: Explanation) -> Explanation:
    """A sum; what its addends leave open becomes one of them."""
    missing = EXACT.subtract(amount, exact_sum(addend.amount for addend in addends))
    if addends and missing:
        says = "What is stored below does not come to this amount: see the bill's reconciliation."
        addends = (*addends, Explanation("Not explained", says, missing))
    return Explanation(label, reason, amount, addends)


def _turned(node: Explanation) -> Explanation:
    """The same tree with all signs changed."""
    addends = tuple(map(_turned, node.addends))
    return replace(node, amount=EXACT.minus(node.amount), addends=addends)


def _of_lines(lines: Lines, what: str) -> list[Explanation]:
    """The largest lines, and the others as one."""
    more = lines.count - len(lines.largest)
    if not more:
        return list(lines.largest)
    rest = EXACT.subtract(lines.total, exact_sum(line.amount for line in lines.largest))
    label = f"{more} more {what}{'s' if more > 1 else ''}"
    return [*lines.largest, Explanation(label, "The smaller ones together.", rest)]


def _addend(name: str, reason: str) -> Callable[[Explained], Explanation]:
    def tree(bill: Explained) -> Explanation:
        lines = _of_lines(bill.lines[name], "line")
        return _node(name.capitalize(), reason, getattr(bill.totals, name), *lines)

    return tree


_expenditures = _addend("expenditures", "What was consumed and bought, by product line.")
_refunds = _addend("refunds", "What was returned for cancelled or changed orders.")
_adjustments = _addend("adjustments", "What the vendor credited or corrected.")


def _settlement(bill: Explained) -> Explanation:
    addends = [tree(bill) for tree in (_expenditures, _refunds, _adjustments)]
    return _node(
        "Settlement",
        "Expenditures, refunds and adjustments, exact.",
        bill.totals.settlement,
        *(addend for addend in addends if addend.amount),
    )


def _taken_off(bill: Explained) -> Explanation:
    lines = [
        Explanation(line.name, "What the coupon takes off.", line.amount, line=line_id)
        for line_id, line in bill.derived
        if line.line_type is DerivedType.COUPON
    ]
    says = "Coupons take off at most the settlement, the oldest expiry first."
    return _node("Coupons", says, EXACT.minus(bill.totals.coupons), *lines)


def _rounding(bill: Explained) -> Explanation:
    amount, exact = bill.totals.rounding, _base(bill)
    rounded = round_half_up(exact, bill.digits)
    if not amount and rounded == exact:
        return _node("Rounding", f"{bill.said(exact)} needs no rounding.", amount)
    return _node(
        "Rounding",
        f"{bill.said(exact)} is rounded half up to {bill.said(rounded)}.",
        amount,
        Explanation("Rounded", "Settlement less coupons, rounded half up.", rounded),
        Explanation("Exact", "Settlement less coupons, taken off again.", EXACT.minus(exact)),
    )


def _base(bill: Explained) -> Decimal:
    return EXACT.subtract(bill.totals.settlement, bill.totals.coupons)


def _tax(bill: Explained) -> Explanation:
    taxes = [
        _tax_line(bill, line_id, line)
        for line_id, line in bill.derived
        if line.line_type is DerivedType.TAX
    ]
    says = "Each tax is rounded once for the bill." if taxes else "The bill carries no tax."
    return _node("Tax", says, bill.totals.tax, *taxes)


def _tax_line(bill: Explained, line_id: str, line: DerivedLine) -> Explanation:
    if line.rate is None or line.base is None:
        exact, parts = bill.lines["tax"].total, _of_lines(bill.lines["tax"], "line")
        says = f"The tax among the charges, {bill.said(exact)}, rounded half up."
    else:
        exact = EXACT.multiply(line.rate, line.base)
        percent = f"{amount_text(EXACT.scaleb(line.rate, 2))} % of {bill.said(line.base)}"
        parts = [Explanation(percent, "Rate × (settlement − coupons), exact.", exact)]
        says = f"{percent}, rounded half up."
    added = EXACT.subtract(round_half_up(exact, bill.digits), exact)
    if added:
        parts.append(Explanation("Rounding", "What rounding this tax adds.", added))
    return replace(_node(line.name, says, line.amount, *parts), line=line_id)


def _bill_amount(bill: Explained) -> Explanation:
    addends = [tree(bill) for tree in (_taken_off, _rounding, _tax)]
    return _node(
        "Bill amount",
        "The settlement less coupons, rounded half up, and tax.",
        bill.totals.bill_amount,
        _settlement(bill),
        *(addend for addend in addends if addend.amount),
    )


def _amount_due(bill: Explained) -> Explanation:
    totals = bill.totals
    says = f"The bill amount is {bill.said(totals.bill_amount)}, "
    addends = [_bill_amount(bill)]
    if totals.bill_amount < 0:
        credit = bill.said(totals.credit)
        says += f"so nothing is due; {credit} is to the partner's credit."
        addends.append(Explanation("Not due", "What is below 0 is credit.", totals.credit))
    else:
        says += "all of which is due." if totals.bill_amount else "so nothing is due."
    return _node("Amount due", says, totals.amount_due, *addends)


def _credit(bill: Explained) -> Explanation:
    totals = bill.totals
    addends = [_turned(_bill_amount(bill))]
    says = f"The bill amount is {bill.said(totals.bill_amount)}, which is "
    if totals.bill_amount < 0:
        says += "to the partner's credit."
    else:
        says += "no credit."
        due = Explanation("No credit", "What is above 0 is due.", totals.amount_due)
        addends.append(due)
    return _node("Credit", says, totals.credit, *addends)


def _outstanding(bill: Explained) -> Explanation:
    due, paid = bill.totals.amount_due, bill.paid
    addends = [_amount_due(bill)]
    if not due:
        says = "Nothing is due, so nothing is outstanding."
    elif not paid:
        says = f"{bill.said(due)} is due, and nothing was paid yet."
    else:
        says = f"{bill.said(due)} is due, of which {bill.said(paid)} was paid."
    if paid:
        payments = _of_lines(bill.lines["payments"], "payment")
        what = "What was paid and not reversed."
        addends.append(_node("Payments", what, EXACT.minus(paid), *payments))
    return _node("Outstanding", says, EXACT.subtract(due, paid), *addends)


_TREES: Mapping[BillAmount, Callable[[Explained], Explanation]] = {
    BillAmount.EXPENDITURES: _expenditures,
    BillAmount.REFUNDS: _refunds,
    BillAmount.ADJUSTMENTS: _adjustments,
    BillAmount.SETTLEMENT: _settlement,
    BillAmount.COUPONS: lambda bill: _turned(_taken_off(bill)),
    BillAmount.ROUNDING: _rounding,
    BillAmount.TAX: _tax,
    BillAmount.BILL_AMOUNT: _bill_amount,
    BillAmount.AMOUNT_DUE: _amount_due,
    BillAmount.CREDIT: _credit,
    BillAmount.OUTSTANDING: _outstanding,
}
