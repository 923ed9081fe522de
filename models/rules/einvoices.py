"""What an invoice says to machines: its figures as EN 16931 wants them.

The standard knows one document type for what is owed and one for what is credited, both with
positive totals; allowances and charges beside the lines; and one tax of each rate on one base. So a
credit note is stated with its signs turned, several taxes on one base are one tax with the sum of
their rates, and a tax that is no rate of the base is a charge.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from models.rules.derived import ZERO
from models.rules.invoices import Document, ProductTotal
from models.rules.money import EXACT, exact_sum, round_half_up

MOST_DECIMALS = 2
# Below it, the standard's check of tax = base × rate takes the rate for 0.
LEAST_PERCENT, MOST_PERCENT = Decimal("0.5"), Decimal(100)
# By how much a tax may differ from base × rate, in whole units of the currency.
TOLERANCE = Decimal(1)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is taken off beside the lines; a negative amount is a charge."""

    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Σ `lines` − Σ `allowances` = `base`, and `base` + `tax` = `total` ≥ 0.

    `percent` is None where no tax is stated: what is outside its scope.
    """

    lines: Sequence[ProductTotal]
    allowances: Sequence[Allowance]
    base: Decimal
    percent: Decimal | None
    tax: Decimal
    total: Decimal


def is_statable(document: Document) -> bool:
    """Whether the standard can state this document truly.

    It wants the buyer's country, and cannot express a third decimal (KWD) that is not 0.
    """
    content = document.content
    amounts = [line.amount for line in (*document.coupons, *document.taxes)]
    amounts += [line.amount for line in document.products]
    amounts += [content.net, content.tax, document.rounding]
    is_short = all(round_half_up(amount, MOST_DECIMALS) == amount for amount in amounts)
    return content.buyer.has_address and is_short


def figures(document: Document) -> Figures:
    """The document's amounts, turned positive where it credits."""
    content = document.content
    is_credit = content.amount < 0

    def turned(amount: Decimal) -> Decimal:
        return EXACT.minus(amount) if is_credit else amount

    lines = [replace(line, amount=turned(line.amount)) for line in document.products]
    beside = [Allowance(line.name, EXACT.minus(turned(line.amount))) for line in document.coupons]
    beside.append(Allowance("Rounding", EXACT.minus(turned(document.rounding))))
    base, tax, total = turned(content.net), turned(content.tax), turned(content.amount)
    percent = _percent(document, base, tax)
    if percent is None:
        beside.append(Allowance("Tax", EXACT.minus(tax)))
        base, tax = total, ZERO
    return Figures(lines, [a for a in beside if a.amount], base, percent, tax, total)


def _percent(document: Document, base: Decimal, tax: Decimal) -> Decimal | None:
    """The rate that makes `tax` of `base`: that of the tax components, or what it comes to."""
    rates = [line.rate for line in document.taxes]
    known = [EXACT.multiply(rate, _HUNDRED) for rate in rates if rate is not None]
    candidates = [exact_sum(known)] if known and len(known) == len(rates) else []
    if base:
        candidates.append(_quotient(tax, base))
    for percent in candidates:
        if tax and LEAST_PERCENT <= percent <= MOST_PERCENT and _fits(base, percent, tax):
            return percent
    return None


def _quotient(tax: Decimal, base: Decimal) -> Decimal:
    percent = EXACT.divide(EXACT.multiply(tax, _HUNDRED), base)
    return percent.quantize(Decimal("1.000000"), ROUND_HALF_UP, EXACT)


def _fits(base: Decimal, percent: Decimal, tax: Decimal) -> bool:
    computed = EXACT.divide(EXACT.multiply(base, percent), _HUNDRED)
    return abs(EXACT.subtract(round_half_up(computed, MOST_DECIMALS), tax)) <= TOLERANCE
