"""The levels of a bill version held against each other, in the database: charges, lines, customers.

Both sides of a level are put together and grouped by all they say: what is right is there once from
each side, and only what is not comes out.
"""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from models.adapters.database import Database
from models.adapters.dialects import Dialect
from models.rules.ids import IdPrefix, public_id
from models.rules.states import ChargeType
from models.rules.tampering import Tampered, require_equal
from models.tables.bills import Bill, BillVersion

_ADDENDS = ("expenditures", "refunds", "adjustments")
_TYPES = dict(zip((*_ADDENDS, "tax"), ChargeType, strict=True))
_IS_NO_TAX = f"charge_type <> '{ChargeType.TAX}'"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Level:
    """What the rows of a level are known by, what they say, and what they are the sum of."""

    prefix: IdPrefix
    key: tuple[str, ...]
    says: tuple[str, ...]
    below: str


_LINES = Level(
    IdPrefix.PRODUCT_LINE,
    ("customer_id", "product", "market", "region"),
    ("charge_count", *_TYPES, "total", "checksum", "rank"),
    "charges",
)
_CUSTOMERS = Level(
    IdPrefix.BILL_CUSTOMER,
    ("customer_id",),
    ("charge_count", *_ADDENDS, "total", "rank"),
    "product lines",
)


async def verify_levels(db: Database, bill: Bill, version: BillVersion, where: str) -> None:
    """Charges come to product lines, and these to customers.

    Raises Tampered with the first line or customer that is not what is below it.
    """
    of_bill = (bill.partner_id, bill.cycle, bill.kind, bill.currency, version.through_posting)
    await _verify(db, _LINES, where, _lines_sql(db.dialect), version.id, *of_bill)
    await _verify(db, _CUSTOMERS, where, _customers_sql(db.dialect), version.id, bill.partner_id)


async def _verify(db: Database, level: Level, where: str, sql: str, *values: Any) -> None:
    # Streamed, as it may take longer than a statement of the API is given.
    async with aclosing(db.stream(sql, *values)) as batches:
        async for rows in batches:
            first = rows[0]
            same = [row for row in rows if all(row[name] == first[name] for name in level.key)]
            own = next((row for row in same if row["row_id"] is not None), None)
            below = next((row for row in same if row["row_id"] is None), None)
            _refuse(level, where, below, own)


def _refuse(level: Level, where: str, below: Row | None, own: Row | None) -> NoReturn:
    """Raise Tampered, naming the first value in which the sides differ."""
    if own is None:
        assert below is not None
        customer = below["customer_id"]
        whose = public_id(IdPrefix.CUSTOMER, customer) if customer else "no customer"
        count = f"{below['charge_count']} charges of {whose}"
        raise Tampered(where, f"what {count} should add up to", "a row", "none")
    name = f"{where}, {public_id(level.prefix, own['row_id'])}"
    if below is None:
        raise Tampered(name, f"its {level.below}", f"{own['charge_count']} charges", "none")
    for column in level.says:
        what = f"{column.replace('_', ' ')}, from its {level.below}"
        values = {"expected": _value(below[column]), "found": _value(own[column])}
        require_equal(name, what, **values)
    raise Tampered(name, "how often it is there", 1, 2)


def _value(stored: Any) -> Any:
    """What is stored, amounts as such: on SQLite they are text."""
    return Decimal(stored) if isinstance(stored, str) else stored


def _both(level: Level, below: str, own: str) -> str:
    columns = ", ".join((*level.key, *level.says))
    order = ", ".join(f"{column} NULLS FIRST" for column in level.key)
    return (
        f"SELECT max(row_id) AS row_id, {columns} FROM ({below} UNION ALL {own}) AS both_sides"
        f" GROUP BY {columns} HAVING count(*) <> 2 OR count(row_id) <> 1"
        f" ORDER BY {order}, max(row_id) LIMIT 2"
    )


def _lines_sql(d: Dialect) -> str:
    key, bytewise = ", ".join(_LINES.key), d.bytewise
    by_type = [
        f"{d.sum('amount', _is_type(charge_type))} AS {name}"
        for name, charge_type in _TYPES.items()
    ]
    grouped = (
        f"SELECT {key}, count(*) AS charge_count, {', '.join(by_type)},"
        f" {d.sum('amount', _IS_NO_TAX)} AS total, CAST(sum(checksum) AS BIGINT) AS checksum"
        " FROM charges WHERE partner_id = $2 AND cycle = $3 AND kind = $4"
        f" AND currency = CAST($5 AS TEXT) AND posting <= $6 GROUP BY {key}"
    )
    below = (
        f"SELECT CAST(NULL AS BIGINT), {', '.join((*_LINES.key, *_LINES.says[:-1]))},"
        f" row_number() OVER (PARTITION BY customer_id ORDER BY {d.by_value('total')} DESC,"
        f" product{bytewise}, market{bytewise}, region{bytewise} NULLS FIRST)"
        f" FROM ({grouped}) AS sums"
    )
    columns = ", ".join((*_LINES.key, *_LINES.says))
    own = (
        f"SELECT id AS row_id, {columns} FROM product_lines"
        " WHERE partner_id = $2 AND version_id = $1"
    )
    return _both(_LINES, own, below)


def _is_type(charge_type: ChargeType) -> str:
    return f"charge_type = '{charge_type}'"


def _customers_sql(d: Dialect) -> str:
    addends = (*_ADDENDS, "total")
    summed = ", ".join(f"{d.sum(name)} AS {name}" for name in addends)
    below = (
        f"SELECT CAST(NULL AS BIGINT), customer_id, charge_count, {', '.join(addends)},"
        f" row_number() OVER (ORDER BY {d.by_value('total')} DESC, customer_id)"
        f" FROM (SELECT customer_id, CAST(sum(charge_count) AS BIGINT) AS charge_count, {summed}"
        " FROM product_lines WHERE partner_id = $2 AND version_id = CAST($1 AS BIGINT)"
        " AND customer_id IS NOT NULL"
        " GROUP BY customer_id) AS sums"
    )
    columns = ", ".join((*_CUSTOMERS.key, *_CUSTOMERS.says))
    own = (
        f"SELECT id AS row_id, {columns} FROM bill_customers"
        " WHERE partner_id = $2 AND version_id = CAST($1 AS BIGINT)"
    )
    return _both(_CUSTOMERS, own, below)
