"""What a bill says beside its charges: coupons, rounding and tax, as lines of their own (I2 to I4).

A bill's settlement and its derived lines add up to the bill amount, so that everything on a bill is
a line. Their amounts are signed as they count: a coupon's is negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.money import EXACT, exact_sum, round_half_up
from models.rules.states import DerivedType

ZERO = Decimal(0)
IMPORTED_TAX, ROUNDING = "Imported tax", "Rounding"


@dataclass(frozen=True, slots=True)
class UsableCoupon:
    """A coupon that a bill may use; `left` is what other bills have left of it, ≥ 0."""

    coupon_id: int
    name: str
    left: Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax component: a rate as a fraction, taken of a negative base only if it says so."""

    name: str
    rate: Decimal
    taxes_negative: bool = False


@dataclass(frozen=True, slots=True)
class DerivedLine:
    """A derived line; `rate` and `base` are those of a tax component, `amount` is signed."""

    line_type: DerivedType
    name: str
    amount: Decimal
    rate: Decimal | None = None
    base: Decimal | None = None
    coupon_id: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bill's derived lines follow from, beside its charges.

    `coupons` are given in the order in which they are used: oldest expiry first. `digits` are those
    of the currency's minor unit.
    """

    coupons: Sequence[UsableCoupon]
    taxes: Sequence[Tax]
    digits: int


def derive_lines(settlement: Decimal, imported_tax: Decimal, terms: Terms) -> list[DerivedLine]:
    """The derived lines of a bill, those of 0 left out.

    Each tax component is rounded once for the bill, as is the sum of the imported tax charges.
    """
    coupons = _coupon_lines(settlement, terms.coupons)
    base = exact_sum((settlement, *(line.amount for line in coupons)))
    rounding = EXACT.subtract(round_half_up(base, terms.digits), base)
    imported = round_half_up(imported_tax, terms.digits)
    lines = [
        *coupons,
        DerivedLine(DerivedType.ROUNDING, ROUNDING, rounding),
        *(_tax_line(tax, base, terms.digits) for tax in terms.taxes),
        DerivedLine(DerivedType.TAX, IMPORTED_TAX, imported),
    ]
    return [line for line in lines if line.amount]


def _coupon_lines(settlement: Decimal, coupons: Sequence[UsableCoupon]) -> list[DerivedLine]:
    """Coupons are used up one after another, and never beyond the settlement (I2)."""
    missing, lines = max(ZERO, settlement), []
    for coupon in coupons:
        used = min(coupon.left, missing)
        missing = EXACT.subtract(missing, used)
        amount = EXACT.minus(used)
        lines.append(
            DerivedLine(DerivedType.COUPON, coupon.name, amount, coupon_id=coupon.coupon_id)
        )
    return lines


def _tax_line(tax: Tax, base: Decimal, digits: int) -> DerivedLine:
    taxed = base if base > 0 or tax.taxes_negative else ZERO
    amount = round_half_up(EXACT.multiply(tax.rate, taxed), digits)
    return DerivedLine(DerivedType.TAX, tax.name, amount, tax.rate, taxed)
