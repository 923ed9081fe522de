"""Exact amounts in SQL, the same on both databases."""

from decimal import Decimal
from random import Random

from models.adapters.database import Database

AMOUNTS = (
    "-12345678901234567890.123456789012345678",
    "-100",
    "-10",
    "-9.5",
    "-0.000000000000000001",
    "0",
    "0.000000000000000001",
    "0.5",
    "9.99",
    "10",
    "1000",
    "99999999999999999999",
)


async def test_amounts_are_ordered_by_value(db: Database) -> None:
    d = db.dialect
    shuffled = Random(7).sample(AMOUNTS, len(AMOUNTS))
    rows = ", ".join(f"({d.amount(f'${n}')})" for n in range(1, len(AMOUNTS) + 1))
    found = await db.fetch(
        f"WITH amounts (a) AS (VALUES {rows})"
        f" SELECT {d.amount_text('a')} FROM amounts ORDER BY {d.by_value('a')}",
        *map(Decimal, shuffled),
    )
    assert [row[0] for row in found] == list(AMOUNTS)


async def test_sum_of_nothing_is_zero(db: Database) -> None:
    d = db.dialect
    sums = ", ".join(d.amount_text(d.sum("amount", where)) for where in ("", "event = 'BILL'"))
    [row] = await db.fetch(f"SELECT {sums} FROM ledger_entries")
    assert tuple(row) == ("0", "0")
