"""Which taxes the bills of a partner carry (I3)."""

from collections.abc import Sequence
from decimal import Decimal

from models.rules.derived import IMPORTED_TAX, Tax
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.texts import require_description

LONGEST_NAME, MOST_COMPONENTS = 200, 10
ONE = Decimal(1)


def checked_taxes(taxes: Sequence[Tax]) -> tuple[Tax, ...]:
    """The components, their names trimmed.

    Raises InvalidInput for more than 10, for a name that is missing, too long, not the only one or
    that of imported tax, and INVALID_AMOUNT for a rate outside of 0 to 1.
    """
    if len(taxes) > MOST_COMPONENTS:
        raise InvalidInput("A bill carries at most 10 tax components.", path=("components",))
    checked = tuple(
        Tax(_name(tax.name, place), _rate(tax.rate, place), tax.taxes_negative)
        for place, tax in enumerate(taxes)
    )
    names = [tax.name for tax in checked]
    if len(set(names)) < len(names) or IMPORTED_TAX in names:
        raise InvalidInput(
            f"Each tax component needs a name of its own, other than {IMPORTED_TAX!r}.",
            path=("components",),
        )
    return checked


def _name(name: str, place: int) -> str:
    require_description(name, LONGEST_NAME, "components", str(place), "name")
    return name.strip()


def _rate(rate: Decimal, place: int) -> Decimal:
    if not 0 <= rate <= ONE:
        raise InvalidInput(
            "A tax rate is a fraction from 0 to 1: 0.06 is 6 %.",
            ErrorCode.INVALID_AMOUNT,
            path=("components", str(place), "rate"),
        )
    return rate
