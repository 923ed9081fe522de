"""What a cell says that counts for the key only, however it is written.

A Parquet file has numbers, instants, truth values, maps and lists where CSV has texts of them: the
same line has one key in both. A text that is none of these says what is written.
"""

import json
import re
from typing import Any, NoReturn

from models.rules.focus_numbers import number_text
from models.rules.focus_values import parse_instant

# What else than a text a cell may be is told by its first character: of most, that is all to do.
TELLING = frozenset("{[-0123456789tTfF")
OBJECTS = ("{", "[")

# As JSON writes numbers: with zeros before them they are codes, and nobody's numbers.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:.{2,30}")
_TRUTHS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def content(text: str) -> str:
    """The one text of what a cell says: exact, and itself where it is no more than a text."""
    if text.startswith(OBJECTS):
        return _object_text(text)
    if _NUMBER.fullmatch(text):
        return number_text(text)
    if _TIME.fullmatch(text):
        return _time_text(text)
    return _TRUTHS.get(text, text)


def _time_text(text: str) -> str:
    try:
        return parse_instant(text).isoformat().replace("+00:00", "Z")
    except ValueError:
        return text


def _object_text(text: str) -> str:
    """Its names in order, written one way; itself where it is no JSON, or says a name twice."""
    try:
        written = _write(_said(_read(text)))
        written.encode()
    except (ValueError, RecursionError):
        return text
    return written


def _said(value: Any) -> Any:
    """Numbers and truth values as texts: a Parquet map has nothing else."""
    if isinstance(value, list):
        return [_said(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = {name: _said(value) for name, value in pairs}
    if len(fields) < len(pairs):
        raise ValueError("a name stands there twice")
    return fields


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_read = json.JSONDecoder(
    object_pairs_hook=_fields,
    parse_int=number_text,
    parse_float=number_text,
    parse_constant=_refuse,
).decode
_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
