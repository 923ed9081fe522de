"""PostgreSQL's way of saying what our SQL needs: amounts are NUMERIC, which is exact."""

from collections.abc import Collection, Sequence
from typing import Any

from models.adapters.currencies import digits_by_currency
from models.adapters.dialect import Dialect, plain


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
        return plain(value)

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
        # The function of migration 0005: the quickest that this server has.
        return f"json_text({text})"

    def utf8(self, text: str) -> str:
        return f"convert_to({text}, 'UTF8')"

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
