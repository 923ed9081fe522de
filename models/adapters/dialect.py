"""The few places where SQLite and PostgreSQL must be spoken to differently.

SQL is written once, in PostgreSQL's style ($1, $2 …), with a dialect's method where the two part.
Amounts are NUMERIC on PostgreSQL and canonical text on SQLite; every method below keeps them exact.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from enum import Enum
from typing import Any


class Dialect(ABC):
    """One database's way of saying what our SQL needs."""

    name: str
    zero: str
    exact_sum: str  # the aggregate's name
    bytewise: str  # put after a text expression: compared and ordered by its UTF-8 bytes

    @abstractmethod
    def sql(self, text: str) -> str:
        """Statement text with this driver's placeholders."""

    @abstractmethod
    def value(self, value: Any) -> Any:
        """A Python value as this driver binds it."""

    @abstractmethod
    def sum(self, amount: str, where: str = "") -> str:
        """The exact sum of an amount column, 0 when empty; `where` restricts the rows summed."""

    def running_sum(self, amount: str, *order: str) -> str:
        """The exact sum of an amount over the rows up to this one, in a unique `order`."""
        window = f"ORDER BY {', '.join(order)} ROWS UNBOUNDED PRECEDING"
        return f"{self.exact_sum}({amount}) OVER ({window})"

    @abstractmethod
    def amount_text(self, amount: str) -> str:
        """An amount as canonical text."""

    @abstractmethod
    def display(self, amount: str, currency: str) -> str:
        """An amount rounded half up to its currency's minor unit, as text."""

    @abstractmethod
    def minus(self, left: str, right: str) -> str:
        """The exact difference of two amounts."""

    @abstractmethod
    def plus(self, *terms: str) -> str:
        """The exact sum of several amounts of one row."""

    @abstractmethod
    def amount(self, parameter: str) -> str:
        """A bound parameter as an amount."""

    @abstractmethod
    def by_value(self, amount: str) -> str:
        """What to order by, to order amounts by their value."""

    @abstractmethod
    def by_size(self, amount: str) -> str:
        """What to order by, to order amounts by their size, signs aside."""

    @abstractmethod
    def json_text(self, text: str) -> str:
        """A text expression as a quoted JSON string; NULL stays NULL."""

    @abstractmethod
    def utf8(self, text: str) -> str:
        """The UTF-8 bytes of a text expression."""

    @abstractmethod
    def instant_text(self, instant: str) -> str:
        """An instant as RFC 3339 UTC text with microseconds."""

    @abstractmethod
    def instant_brief(self, instant: str) -> str:
        """An instant as RFC 3339 UTC text with as many decimals of a second as it needs."""

    @abstractmethod
    def csv_line(self, cells: Sequence[str], texts: Collection[int]) -> str:
        """Text expressions as one line of CSV; those at the positions `texts` in quotes.

        NULL is written as nothing, between quotes where there are any.
        """

    @abstractmethod
    def instant(self, parameter: str) -> str:
        """A bound RFC 3339 text as an instant, comparable with a column."""

    @abstractmethod
    def instant_in(self, instants: str, key: str) -> str:
        """The instant under a key of a bound JSON object of RFC 3339 texts."""

    @abstractmethod
    def joined(self, text: str) -> str:
        """Aggregate: texts in row order, joined by commas."""

    @abstractmethod
    def any_of(self, column: str, parameter: str) -> str:
        """Whether a text column is one of a bound list of texts."""

    @abstractmethod
    def any_number(self, column: str, parameter: str) -> str:
        """Whether an integer column is one of a bound list of integers."""

    @abstractmethod
    def hex(self, text: str) -> str:
        """UTF-8 text in hexadecimal, lower case."""

    @abstractmethod
    def skip_locked(self) -> str:
        """After a SELECT: lock its rows, and pass over those that another transaction holds."""


def plain(value: Any) -> Any:
    """An enum's value, or the value itself."""
    return value.value if isinstance(value, Enum) else value
