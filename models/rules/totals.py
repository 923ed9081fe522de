"""From the sums of a bill's charges to what is owed (identities I1 to I5)."""

from dataclasses import dataclass
from decimal import Decimal

from models.rules.money import EXACT, exact_sum, round_half_up

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sums:
    """Exact signed sums of a bill's charges by type, in one currency; `tax` is not rounded yet."""

    expenditures: Decimal
    refunds: Decimal
    adjustments: Decimal
    tax: Decimal

    @property
    def settlement(self) -> Decimal:
        """S = E + R + A, exact (I1); tax has no part in it."""
        return exact_sum((self.expenditures, self.refunds, self.adjustments))


@dataclass(frozen=True, slots=True)
class Totals:
    """All amounts at the head of a bill, in one currency, in the order of the formula (R19).

    `coupons`, `amount_due` and `credit` are ≥ 0, the others signed.
    """

    expenditures: Decimal
    refunds: Decimal
    adjustments: Decimal
    settlement: Decimal
    coupons: Decimal
    rounding: Decimal
    tax: Decimal
    bill_amount: Decimal
    amount_due: Decimal
    credit: Decimal


def bill_totals(sums: Sums, *, coupons: Decimal, digits: int) -> Totals:
    """Round once and clamp (R17, R19, I3 to I5); `digits` are those of the minor unit.

    The tax is the sum of the imported TAX charges, rounded once for the bill; components computed
    from a rate are to come. Coupons below 0 or above max(0, S) are a bug (ValueError, I2).
    """
    settlement = sums.settlement
    if not 0 <= coupons <= max(ZERO, settlement):
        raise ValueError(f"coupons of {coupons} on a settlement of {settlement}")
    exact = EXACT.subtract(settlement, coupons)
    rounded = round_half_up(exact, digits)
    tax = round_half_up(sums.tax, digits)
    bill_amount = EXACT.add(rounded, tax)
    return Totals(
        expenditures=sums.expenditures,
        refunds=sums.refunds,
        adjustments=sums.adjustments,
        settlement=settlement,
        coupons=coupons,
        rounding=EXACT.subtract(rounded, exact),
        tax=tax,
        bill_amount=bill_amount,
        amount_due=max(ZERO, bill_amount),
        credit=credit_of(bill_amount),
    )


def credit_of(bill_amount: Decimal) -> Decimal:
    """What a negative bill is worth to the partner, ≥ 0 (R17, I5)."""
    return max(ZERO, EXACT.minus(bill_amount))
