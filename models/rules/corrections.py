"""What an adjustment must look like (R20), and how much of a charge may be taken back (I17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.errors import Conflict, ErrorCode, InvalidInput
from models.rules.money import EXACT, Money, amount_text
from models.rules.payments import money_text
from models.rules.states import AdjustmentReason
from models.rules.texts import require_description

LONGEST_DESCRIPTION = 400
# Far above any bill, and far below what a sum of amounts may hold.
LARGEST_CHANGE = Decimal(10**15)
# The other reasons are for what the product itself does.
GIVEN_REASONS = frozenset(
    {
        AdjustmentReason.BILLING_ERROR,
        AdjustmentReason.GOODWILL,
        AdjustmentReason.CONTRACT,
        AdjustmentReason.OTHER,
    }
)
# What can be undone: neither what undoes something, nor what follows from another bill.
REVERSIBLE = GIVEN_REASONS | {AdjustmentReason.DISPUTE}


@dataclass(frozen=True, slots=True)
class Change:
    """What the vendor changes about a bill: a signed, exact amount, and what it is about.

    `path` is where it stands in the input. Raises InvalidInput (also INVALID_AMOUNT).
    """

    amount: Money
    description: str
    customer_id: int | None = None
    charge_id: int | None = None
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.amount.amount or abs(self.amount.amount) > LARGEST_CHANGE:
            raise InvalidInput(
                f"An amount other than 0, of at most {LARGEST_CHANGE:,}, was expected.",
                ErrorCode.INVALID_AMOUNT,
                path=self.at("amount"),
            )
        require_description(self.description, LONGEST_DESCRIPTION, *self.at("description"))

    def at(self, name: str) -> tuple[str, ...]:
        """The path of one of its fields."""
        return (*self.path, name)


def require_given_reason(reason: AdjustmentReason) -> None:
    """Raise InvalidInput for a reason that only the product itself gives."""
    if reason not in GIVEN_REASONS:
        given = ", ".join(sorted(GIVEN_REASONS))
        raise InvalidInput(f"One of these reasons was expected: {given}.", path=("reason",))


@dataclass(frozen=True, slots=True)
class Corrected:
    """Something that corrections are about: a charge, or all expenditure of one transaction.

    `corrections` is the signed sum of all that corrects it: refunds, corrections, and the
    corrections of those.
    """

    amount: Decimal
    corrections: Decimal

    @property
    def remainder(self) -> Decimal:
        """What is left of it."""
        return EXACT.add(self.amount, self.corrections)

    @property
    def room(self) -> tuple[Decimal, Decimal]:
        """The lowest (≤ 0) and the highest (≥ 0) correction that it still takes.

        Of 100 that was corrected by −30: from −70 to 30. What is beyond already may be mended.
        """
        ends = (EXACT.minus(self.remainder), EXACT.minus(self.corrections))
        return min(Decimal(0), *ends), max(Decimal(0), *ends)


def require_room(correction: Money, chain: Sequence[Corrected], *path: str) -> None:
    """Raise Conflict (CORRECTION_EXCEEDS_ORIGINAL) unless all of `chain` takes the correction.

    The chain holds what is corrected, what that corrects in its turn, and so on to the original.
    """
    rooms = [corrected.room for corrected in chain]
    low, high = max(low for low, _ in rooms), min(high for _, high in rooms)
    if not low <= correction.amount <= high:
        raise Conflict(
            f"{money_text(correction)} is beyond what is left to correct of this charge: from"
            f" {amount_text(low)} to {money_text(Money(high, correction.currency))}.",
            ErrorCode.CORRECTION_EXCEEDS_ORIGINAL,
            path=path,
        )
