"""The amounts of a row, all at once, each in its canonical text (`money.amount_text`)."""

import re
from collections.abc import Sequence

from models.rules.errors import InvalidInput
from models.rules.focus_columns import AMOUNTS
from models.rules.focus_values import ABSENT, refuse, shown
from models.rules.money import amount_text, parse_amount

# An amount as it is usually written, its trailing zeros outside the group, or none; then NUL.
# One match a row is several times as fast as a call a cell. What it leaves out – an exponent, a
# plus, a negative zero, more than 18 decimals or 20 digits – goes the long way, cell by cell.
_CELL = (
    r"(?:((?:-(?=[.0]*[1-9]))?(?>0|[1-9][0-9]{0,19})(?![0-9])(?:\.[0-9]{0,17}[1-9](?=0*\0))?)"
    r"(?:\.0*\0|0*\0)|(?:NULL)?\0)"
)
_USUAL = re.compile(_CELL * len(AMOUNTS))
_USUAL_ONE = re.compile(_CELL)
_LONG_EXPONENT = re.compile("[eE][-+]?[0-9]{3,}$")


def canonical_amounts(cells: Sequence[str]) -> tuple[str, ...]:
    """The canonical texts of the cells of AMOUNTS, "" for what is absent.

    Raises InvalidInput (INVALID_AMOUNT) for what is no number or has too many digits to be exact.
    """
    usual = _USUAL.fullmatch("\0".join(cells) + "\0")
    if usual:
        return usual.groups("")
    return tuple(map(_canonical_amount, AMOUNTS, cells))


def _canonical_amount(column: str, text: str) -> str:
    if text in ABSENT:
        return ""
    try:
        return amount_text(parse_amount(text))
    except InvalidInput as error:
        refuse(column, f"{shown(text)}: {error.message}", error.code)


def number_text(text: str) -> str:
    """The canonical text of a number, or what was written where it is none; "" when absent."""
    usual = _USUAL_ONE.fullmatch(text + "\0")
    if usual:
        return usual[1] or ""
    try:
        return _canonical_amount("", text)
    except InvalidInput:
        return text


def price_text(text: str) -> str:
    """As `number_text`, but what has an exponent of three digits is what was written.

    It was no number to the releases before, and their keys are to last.
    """
    return text if _LONG_EXPONENT.search(text) else number_text(text)
