"""The few places where SQLite and PostgreSQL must be spoken to differently.

SQL is written once, in PostgreSQL's style ($1, $2 …), with a dialect's method where the two part.
Amounts are NUMERIC on PostgreSQL and canonical text on SQLite; every method below keeps them exact.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from models.adapters.currencies import digits_by_currency
from models.rules.money import amount_text
from models.rules.months import INSTANT_TEXT

_PLACEHOLDER = re.compile(r"\$([0-9]+)")


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


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


class PostgresDialect(Dialect):
    """PostgreSQL 14 and later."""

    name = "postgres"
    zero = "0"
    exact_sum = "sum"
    bytewise = ' COLLATE "C"'

    def __init__(self) -> None:
        digits_of = digits_by_currency()
        cases = {
            digits: ",".join(f"'{c}'" for c, d in sorted(digits_of.items()) if d == digits)
            for digits in sorted(set(digits_of.values()) - {2})
        }
        self._digits = "".join(f" WHEN {{0}} IN ({c}) THEN {d}" for d, c in cases.items())

    def sql(self, text: str) -> str:
        return text

    def value(self, value: Any) -> Any:
        return _plain(value)

    def sum(self, amount: str, where: str = "") -> str:
        return f"coalesce(sum({amount}){f' FILTER (WHERE {where})' if where else ''}, 0)"

    def amount_text(self, amount: str) -> str:
        return f"trim_scale({amount})::text"

    def display(self, amount: str, currency: str) -> str:
        return f"round({amount}, CASE{self._digits.format(currency)} ELSE 2 END)::text"

    def minus(self, left: str, right: str) -> str:
        return f"({left} - {right})"

    def plus(self, *terms: str) -> str:
        return f"({' + '.join(terms)})"

    def amount(self, parameter: str) -> str:
        return f"{parameter}::numeric"

    def by_value(self, amount: str) -> str:
        return amount

    def by_size(self, amount: str) -> str:
        return f"abs({amount})"

    def json_text(self, text: str) -> str:
        return f"to_json({text})::text"

    def instant_text(self, instant: str) -> str:
        return f"""to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

    def instant(self, parameter: str) -> str:
        return f"CAST(CAST({parameter} AS TEXT) AS TIMESTAMPTZ)"

    def instant_in(self, instants: str, key: str) -> str:
        return f"CAST(CAST({instants} AS JSONB) ->> {key} AS TIMESTAMPTZ)"

    def joined(self, text: str) -> str:
        return f"string_agg({text}, ',')"

    def any_of(self, column: str, parameter: str) -> str:
        return f"{column} = ANY({parameter}::text[])"

    def any_number(self, column: str, parameter: str) -> str:
        return f"{column} = ANY({parameter}::bigint[])"

    def hex(self, text: str) -> str:
        return f"encode(convert_to({text}, 'UTF8'), 'hex')"

    def skip_locked(self) -> str:
        return "FOR UPDATE SKIP LOCKED"

    def instant_brief(self, instant: str) -> str:
        return f"replace(({instant} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'"

    def csv_line(self, cells: Sequence[str], texts: Collection[int]) -> str:
        template = ",".join('"%s"' if i in texts else "%s" for i in range(len(cells)))
        values = (
            f"""replace({cell}, '"', '""')""" if i in texts else cell
            for i, cell in enumerate(cells)
        )
        return f"format('{template}', {', '.join(values)})"


class SqliteDialect(Dialect):
    """SQLite 3.35 and later, with the functions of `sqlite_functions` registered."""

    name = "sqlite"
    zero = "'0'"
    exact_sum = "exact_sum"
    bytewise = ""

    def sql(self, text: str) -> str:
        return _PLACEHOLDER.sub(r"?\1", text)

    def value(self, value: Any) -> Any:
        value = _plain(value)
        if isinstance(value, Decimal):
            return amount_text(value)
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime(INSTANT_TEXT)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, (list, tuple)):
            return json.dumps(value)
        return value

    def sum(self, amount: str, where: str = "") -> str:
        # An aggregate that never met a row gives NULL, whatever its finalize says.
        return f"coalesce(exact_sum({amount}){f' FILTER (WHERE {where})' if where else ''}, '0')"

    def amount_text(self, amount: str) -> str:
        return amount

    def display(self, amount: str, currency: str) -> str:
        return f"amount_display({amount}, {currency})"

    def minus(self, left: str, right: str) -> str:
        return f"amount_minus({left}, {right})"

    def plus(self, *terms: str) -> str:
        return f"amount_plus({', '.join(terms)})"

    def amount(self, parameter: str) -> str:
        return parameter

    def by_value(self, amount: str) -> str:
        return f"amount_order({amount})"

    def by_size(self, amount: str) -> str:
        return f"amount_order(ltrim({amount}, '-'))"

    def json_text(self, text: str) -> str:
        return f"json_quote({text})"

    def instant_text(self, instant: str) -> str:
        return instant

    def instant(self, parameter: str) -> str:
        return parameter

    def instant_in(self, instants: str, key: str) -> str:
        return f"(SELECT value FROM json_each({instants}) WHERE key = {key})"

    def joined(self, text: str) -> str:
        return f"group_concat({text}, ',')"

    def any_of(self, column: str, parameter: str) -> str:
        return f"{column} IN (SELECT value FROM json_each({parameter}))"

    def any_number(self, column: str, parameter: str) -> str:
        return self.any_of(column, parameter)

    def hex(self, text: str) -> str:
        return f"lower(hex({text}))"

    def skip_locked(self) -> str:
        return ""  # an immediate transaction is alone

    def instant_brief(self, instant: str) -> str:
        return (
            f"CASE WHEN substr({instant}, 20) = '.000000Z' THEN substr({instant}, 1, 19) || 'Z'"
            f" ELSE rtrim(rtrim({instant}, 'Z'), '0') || 'Z' END"
        )

    def csv_line(self, cells: Sequence[str], texts: Collection[int]) -> str:
        template = ",".join('"%w"' if i in texts else "%s" for i in range(len(cells)))
        values = (f"coalesce({cell}, '')" if i in texts else cell for i, cell in enumerate(cells))
        return f"printf('{template}', {', '.join(values)})"


DIALECTS: dict[str, Dialect] = {d.name: d for d in (PostgresDialect(), SqliteDialect())}
