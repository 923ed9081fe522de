"""What one cell of a FOCUS row says: absent, a text, a choice, an instant.

Everything here raises InvalidInput with the column as its path. A message quotes what was
written only where that can be about nobody: in a row that has slipped, any column holds a name.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NoReturn

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.months import FIRST_YEAR, LAST_YEAR

# Both mean "no value" in files as they are found (requirements §8).
ABSENT = ("", "NULL")

LONGEST_NAME = 400
LONGEST_REGION = 200
LONGEST_UNIT = 100
LONGEST_ID = 1024
LONGEST_DESCRIPTION = 4000
LONGEST_QUOTED = 60

# What bytes that are not UTF-8 become when a file is read (PEP 383).
NOT_UTF8 = re.compile("[\udc80-\udcff]")
BAD_BYTES = "contains bytes that are not UTF-8"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Too few digits to call anybody; a fraction or an exponent; a day, and perhaps its hour.
_ABOUT_NOBODY = re.compile(
    r"[-+.,: ]*(?:[0-9][-+.,: ]*){0,6}"
    r"|-?[0-9]{0,6}\.[0-9]+|-?[0-9.]{1,20}[eE][-+]?[0-9]{1,3}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+(?:Z|[-+][0-9:]+)?)?|[0-9]{2}/[0-9]{2}/[0-9]{4}"
)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?))?"
    r"(?: ?(?:Z|UTC)|([+-][0-9]{2}:?[0-9]{2}))?"
)

Fields = Mapping[str, str]


def refuse(column: str, reason: str, code: ErrorCode = ErrorCode.INVALID_INPUT) -> NoReturn:
    """Raise InvalidInput about one column of a row."""
    raise InvalidInput(reason, code, path=(column,))


def shown(text: str) -> str:
    """A cell as a message may quote it: itself where it can be about nobody, else its length."""
    is_telling = len(text) > LONGEST_QUOTED or not _ABOUT_NOBODY.fullmatch(text)
    return f"Text of length {len(text)}" if is_telling else repr(text)


def name_in(fields: Fields, column: str, longest: int = LONGEST_NAME) -> str | None:
    """A name of at most `longest` characters without control characters; None when absent."""
    text = fields.get(column)
    return None if text is None else checked_text(column, text, longest)


def id_in(fields: Fields, column: str) -> str | None:
    """An identifier of at most 1,024 characters without control characters; None when absent."""
    text = fields.get(column)
    return None if text is None else checked_text(column, text, LONGEST_ID)


def checked_text(column: str, text: str, longest: int) -> str:
    """The text itself, if it is no longer than `longest` and has no control characters."""
    if len(text) > longest:
        refuse(column, f"{len(text)} characters; at most {longest} are taken")
    if not text.isprintable() and _CONTROL.search(text):
        refuse(column, unprintable(text))
    return text


def checked_description(column: str, text: str) -> str:
    """The text itself, if it has at most 4,000 characters; line breaks are part of it."""
    if len(text) > LONGEST_DESCRIPTION:
        refuse(column, f"{len(text)} characters; at most {LONGEST_DESCRIPTION} are taken")
    if not text.isprintable() and _CONTROL_BUT_LINES.search(text):
        refuse(column, unprintable(text))
    return text


def unprintable(text: str) -> str:
    """Why a text is none."""
    return BAD_BYTES if NOT_UTF8.search(text) else "contains control characters"


def choice_in(fields: Fields, column: str, choices: Mapping[str, str]) -> str | None:
    """What `choices` makes of the cell, read without regard to case; None when absent."""
    text = fields.get(column)
    if text is None:
        return None
    choice = choices.get(text.casefold())
    if choice is None:
        refuse(column, f"{shown(text)} is not one of {', '.join(choices)}")
    return choice


def required(column: str, value: str | None) -> str:
    """The value itself; an absent one is refused."""
    return refuse(column, "is absent") if value is None else value


def instant_in(fields: Fields, column: str) -> datetime | None:
    """An aware UTC instant; without an offset the text is UTC. None when absent."""
    text = fields.get(column)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        refuse(
            column,
            f"{shown(text)} is not a time between {FIRST_YEAR} and {LAST_YEAR}, "
            "such as 2026-03-01T00:00:00Z",
        )


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> datetime:
    """Read `YYYY-MM-DD[ HH:MM[:SS]][Z]`, with T or a space, Z or an offset, as aware UTC.

    Raises ValueError for anything else and for years outside those of a cycle. Digits below the
    microsecond are cut off.
    """
    match = _INSTANT.fullmatch(text)
    if not match or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(text)
    day, time, offset = match.groups()
    local = datetime.fromisoformat(f"{day}T{time or '00:00'}{offset or '+00:00'}")
    return local.astimezone(UTC)
