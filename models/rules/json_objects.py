"""JSON that comes from outside, read strictly: one value for a key, whole numbers, no NaN.

What is wrong is said with the place where it stands, and nothing of it is quoted.
"""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from models.rules.errors import BillingError, ErrorCode, InvalidInput
from models.rules.money import parse_amount
from models.rules.months import parse_day

T = TypeVar("T")
D = TypeVar("D")
E = TypeVar("E", bound=StrEnum)
LONGEST_NUMBER = 18
_SAFE_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NAMES = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}


def parse_object(text: str, longest: int) -> "JsonObject":
    """The one object that a text of at most `longest` characters is.

    Raises InvalidInput (INVALID_FILE).
    """
    if len(text) > longest:
        raise invalid(f"it is longer than {longest:,} characters")
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_without_doubles,
            parse_int=_short_number,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise invalid(f"it is no JSON from {where} on") from error
    except RecursionError as error:
        raise invalid("it is nested too deeply") from error
    return JsonObject(value, "")


def invalid(what: str, place: str = "") -> InvalidInput:
    """A refusal: what is wrong, and where."""
    said = f"{place}: {what}." if place else f"{what[0].upper()}{what[1:]}."
    return InvalidInput(said, ErrorCode.INVALID_FILE)


class JsonObject:
    """The fields of one JSON object, taken one by one; at the end none may be left."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise invalid("an object was expected", place)
        self._left = dict(value)
        self._place = place

    def at(self, name: str) -> str:
        """Where a field stands, as in `parts[2].rows`."""
        return f"{self._place}.{name}".removeprefix(".")

    def take(self, name: str, kind: type[T]) -> T:
        """The value of a field, of exactly that type."""
        if name not in self._left:
            raise invalid("this is missing", self.at(name))
        value = self._left.pop(name)
        # Not isinstance: true is an int in Python, and not in JSON.
        if type(value) is not kind:
            raise invalid(f"{_NAMES[kind]} was expected", self.at(name))
        return value

    def count(self, name: str, least: int = 0) -> int:
        """A whole number that is not below `least`."""
        number = self.take(name, int)
        if number < least:
            raise invalid(f"a number not below {least} was expected", self.at(name))
        return number

    def text(self, name: str, pattern: re.Pattern[str], example: str) -> str:
        """A text of one form, which a refusal shows by an example."""
        text = self.take(name, str)
        if not pattern.fullmatch(text):
            raise invalid(f"a text such as {example} was expected", self.at(name))
        return text

    def choice(self, name: str, choices: type[E]) -> E:
        """A member of an enumeration, by its name."""
        text = self.take(name, str)
        if text not in choices.__members__:
            raise invalid(f"one of {', '.join(choices)} was expected", self.at(name))
        return choices[text]

    def where_given(self, name: str, read: Callable[[str], T], default: D) -> T | D:
        """What `read` makes of a field, or the default where it is missing."""
        return read(name) if name in self._left else default

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of a field, or None where it is null; it may not be missing."""
        if name in self._left and self._left[name] is None:
            del self._left[name]
            return None
        return read(name)

    def read(self, name: str, read: Callable[[str], T]) -> T:
        """What one of the rules makes of a text; its refusal is told with the place."""
        text = self.take(name, str)
        try:
            return read(text)
        except BillingError as refused:
            raise invalid(refused.message.removesuffix("."), self.at(name)) from refused

    def amount(self, name: str) -> Decimal:
        """An exact decimal, written as a text."""
        return self.read(name, parse_amount)

    def day(self, name: str) -> date:
        """A day, as in 2026-03-31."""
        return self.read(name, parse_day)

    def inner(self, name: str) -> "JsonObject":
        """A field that is an object."""
        self._require(name)
        return JsonObject(self._left.pop(name), self.at(name))

    def each(self, name: str, read: Callable[["JsonObject"], T], most: int) -> tuple[T, ...]:
        """What `read` makes of every object of a list with at most `most` of them."""
        place = self.at(name)
        items = self.items(name, most)
        return tuple(read(JsonObject(item, f"{place}[{n}]")) for n, item in enumerate(items))

    def items(self, name: str, most: int) -> list[object]:
        """A list of at most `most` items."""
        items: list[object] = self.take(name, list)
        if len(items) > most:
            raise invalid(f"at most {most:,} were expected, not {len(items):,}", self.at(name))
        return items

    def texts(self, name: str, most: int) -> tuple[str, ...]:
        """A list of at most `most` texts."""
        items = self.items(name, most)
        for place, item in enumerate(items):
            if not isinstance(item, str):
                raise invalid("a text was expected", f"{self.at(name)}[{place}]")
        return tuple(map(str, items))

    def names(self) -> list[str]:
        """The fields that nobody has taken yet."""
        return list(self._left)

    def end(self) -> None:
        """Refuse what nobody has taken."""
        for name in self._left:
            known = self.at(name) if _SAFE_KEY.fullmatch(name) else self._place
            raise invalid("there is a field that should not be there", known)

    def _require(self, name: str) -> None:
        if name not in self._left:
            raise invalid("this is missing", self.at(name))


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise invalid("a field stands twice in one object")
    return fields


def _short_number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise invalid(f"a number has more than {LONGEST_NUMBER} digits")
    return int(digits)


def _refuse_number(number: str) -> None:
    raise invalid("a number is no whole one; amounts are texts")
