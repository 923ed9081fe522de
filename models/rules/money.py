"""Exact money: an amount with its currency, rounded in one place only (identity I4).

Amounts are `Decimal` with at most 20 integer and 18 fractional digits. The number of minor-unit
digits of a currency (ISO 4217: JPY 0, USD 2, KWD 3) is handed in; it is data, not a rule.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from models.rules.errors import Conflict, ErrorCode, InvalidInput

MAX_FRACTION_DIGITS = 18
MAX_INTEGER_DIGITS = 20
# Wide enough that no sum of 38-digit amounts is ever rounded.
EXACT = Context(prec=76)

# Some write an exponent with zeros before it: 1.5E-007.
_PLAIN = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?0*[0-9]{1,2})?"
)


def parse_amount(text: str) -> Decimal:
    """Read an ASCII decimal, plain or scientific; never rounds.

    Raises InvalidInput (INVALID_AMOUNT) for anything else, for more than 18 fractional or 20
    integer digits once trailing zeros are dropped.
    """
    if len(text) > 100 or not _PLAIN.fullmatch(text):
        raise InvalidInput("This is not a decimal number.", ErrorCode.INVALID_AMOUNT)
    value = Decimal(text)
    if not value:
        return Decimal(0)
    if value.adjusted() >= MAX_INTEGER_DIGITS:
        raise InvalidInput("More than 20 digits before the point.", ErrorCode.INVALID_AMOUNT)
    if _fraction_digits(value) > MAX_FRACTION_DIGITS:
        raise InvalidInput("More than 18 decimals.", ErrorCode.INVALID_AMOUNT)
    return canonical(value)


def _fraction_digits(value: Decimal) -> int:
    """Digits after the point once trailing zeros are dropped; exact for any number of digits."""
    _sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise TypeError("an infinity or NaN reached a rule")
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return -exponent - zeros


def canonical(value: Decimal) -> Decimal:
    """The same number with no trailing zeros, no exponent and no negative zero."""
    if not value:
        return Decimal(0)
    normal = value.normalize(EXACT)
    exponent = normal.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return normal.quantize(Decimal(1), context=EXACT)
    return normal


def amount_text(value: Decimal) -> str:
    """The canonical text of an amount: the form at rest on SQLite, in answers and in files."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """Σ values with no rounding at all (the default context would round to 28 digits)."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def round_half_up(value: Decimal, digits: int) -> Decimal:
    """Round to `digits` decimals, halves away from zero (I4): 0.005 → 0.01, −0.005 → −0.01.

    What rounds to zero has no sign.
    """
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT)
    return rounded if rounded else rounded.copy_abs()


def spread_rounding(values: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Round rows so that they add up to their rounded total (I11), largest remainder first.

    Ties go to the earlier row: 3 × 10.005 → 10.01, 10.01, 10.00.
    """
    unit = Decimal(1).scaleb(-digits)
    floors = [value.quantize(unit, ROUND_FLOOR, EXACT) for value in values]
    missing = EXACT.subtract(round_half_up(exact_sum(values), digits), exact_sum(floors))
    by_remainder = sorted(
        range(len(values)), key=lambda i: (EXACT.subtract(floors[i], values[i]), i)
    )
    for i in by_remainder[: int(missing.scaleb(digits))]:
        floors[i] = EXACT.add(floors[i], unit)
    return floors


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount and its ISO 4217 currency; amounts are compared in one currency (R58)."""

    amount: Decimal
    currency: str

    def __lt__(self, other: "Money") -> bool:
        if self.currency != other.currency:
            raise Conflict(
                f"{self.currency} and {other.currency} cannot be compared.",
                ErrorCode.CURRENCY_MISMATCH,
            )
        return self.amount < other.amount
