"""What a cash coupon must be (R15, I2)."""

from datetime import date

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.texts import require_description

LONGEST_NAME = 200


def checked_grant(name: str, first: date, last: date) -> str:
    """The coupon's name, trimmed; raises InvalidInput unless it has one and ends after it begins.

    Both days are included, so that a coupon may hold for one day.
    """
    require_description(name, LONGEST_NAME, "name")
    if last < first:
        raise InvalidInput(
            f"{last} is before {first}.", ErrorCode.INVALID_RANGE, path=("validUntil",)
        )
    return name.strip()
