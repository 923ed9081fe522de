"""Keyset cursors: the key of a row, as opaque text."""

import binascii
from collections.abc import Sequence
from datetime import datetime

from models.reads.engine.shapes import Key
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.months import INSTANT_TEXT

# A product's name has up to 400 characters of four bytes, written with two digits each.
MAX_CURSOR = 4000
_LARGEST = {"int": 2**63 - 1, "small": 2**31 - 1}


def read_cursor(text: str, keys: Sequence[Key]) -> list[int | str]:
    """The key values in a cursor; raises InvalidInput (INVALID_CURSOR) for any other text."""
    try:
        if len(text) > MAX_CURSOR or not text.isascii():
            raise ValueError(text)
        parts = binascii.unhexlify(text).decode().split("|", len(keys) - 1)
        return [_value(part, key) for part, key in zip(parts, keys, strict=True)]
    except ValueError as broken:
        raise InvalidInput(
            "This cursor is not one of ours; pass an endCursor as it was given.",
            ErrorCode.INVALID_CURSOR,
        ) from broken


def _value(part: str, key: Key) -> int | str:
    if key.kind == "text":
        if "\x00" in part:
            raise ValueError(part)
        return part
    if key.kind == "instant":
        return _instant(part)
    if not (part.isascii() and part.isdigit()) or int(part) > _LARGEST[key.kind]:
        raise ValueError(part)
    return int(part)


def _instant(part: str) -> str:
    """Checked here, as a database that must cast another text fails."""
    if datetime.strptime(part, INSTANT_TEXT).strftime(INSTANT_TEXT) != part:  # noqa: DTZ007
        raise ValueError(part)
    return part
