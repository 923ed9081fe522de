"""From the sums of a bill's charges to what is owed (identities I1 to I5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.derived import ZERO, DerivedLine
from models.rules.money import EXACT, exact_sum
from models.rules.states import CreditPolicy, DerivedType


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


def bill_totals(sums: Sums, lines: Sequence[DerivedLine]) -> Totals:
    """Add a bill up: its charges' sums and its derived lines (R17, R19, I1 to I5).

    Coupons below 0 or above max(0, S) are a bug (ValueError, I2).
    """
    settlement = sums.settlement
    coupons = EXACT.minus(_sum_of(lines, DerivedType.COUPON))
    if not 0 <= coupons <= max(ZERO, settlement):
        raise ValueError(f"coupons of {coupons} on a settlement of {settlement}")
    bill_amount = exact_sum((settlement, *(line.amount for line in lines)))
    return Totals(
        expenditures=sums.expenditures,
        refunds=sums.refunds,
        adjustments=sums.adjustments,
        settlement=settlement,
        coupons=coupons,
        rounding=_sum_of(lines, DerivedType.ROUNDING),
        tax=_sum_of(lines, DerivedType.TAX),
        bill_amount=bill_amount,
        amount_due=max(ZERO, bill_amount),
        credit=credit_of(bill_amount),
    )


def _sum_of(lines: Sequence[DerivedLine], line_type: DerivedType) -> Decimal:
    return exact_sum(line.amount for line in lines if line.line_type is line_type)


def credit_of(bill_amount: Decimal) -> Decimal:
    """What a negative bill is worth to the partner, ≥ 0 (R17, I5)."""
    return max(ZERO, EXACT.minus(bill_amount))


def carried_of(credit: Decimal, *, so_far: Decimal, policy: CreditPolicy) -> Decimal:
    """How much of a bill's credit stands on later bills once it is booked, ≥ 0 (R17).

    All of it by the policy CARRIED. By HELD nothing is added to what was carried `so_far`; of that,
    what the bill no longer has is taken back.
    """
    return credit if policy is CreditPolicy.CARRIED else min(credit, so_far)
