"""SQLite's way of saying what our SQL needs: amounts are text, which our functions add up."""

import json
import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from models.adapters.dialect import Dialect, plain
from models.rules.money import amount_text
from models.rules.months import INSTANT_TEXT

_PLACEHOLDER = re.compile(r"\$([0-9]+)")


class SqliteDialect(Dialect):
    """SQLite 3.35 and later, with the functions of `sqlite_functions` registered."""

    name = "sqlite"
    zero = "'0'"
    exact_sum = "exact_sum"
    bytewise = ""

    def sql(self, text: str) -> str:
        return _PLACEHOLDER.sub(r"?\1", text)

    def value(self, value: Any) -> Any:
        value = plain(value)
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

    def utf8(self, text: str) -> str:
        return f"CAST({text} AS BLOB)"

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
