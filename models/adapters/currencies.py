"""ISO 4217: which currencies there are, and the digits of their minor units."""

from functools import cache

from iso4217 import Currency

from models.rules.errors import ErrorCode, InvalidInput


@cache
def digits_by_currency() -> dict[str, int]:
    """Digits after the point by currency code (JPY 0, USD 2, KWD 3); funds and metals left out."""
    return {c.code: c.exponent for c in Currency if c.exponent is not None}


def minor_digits(currency: str) -> int:
    """Digits after the point of a known currency."""
    return digits_by_currency()[currency]


def require_currency(code: str) -> str:
    """Return a known currency code; raises InvalidInput (INVALID_CURRENCY)."""
    if code not in digits_by_currency():
        raise InvalidInput(
            "This is not an ISO 4217 currency code, such as USD.", ErrorCode.INVALID_CURRENCY
        )
    return code
