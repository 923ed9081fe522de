"""Exact amounts in SQL, the same on both databases."""

from decimal import Decimal
from random import Random

from models.adapters.database import Database
from models.rules.money import exact_sum

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


async def test_running_sum_is_exact(db: Database) -> None:
    d = db.dialect
    shuffled = Random(8).sample(AMOUNTS, len(AMOUNTS))
    rows = ", ".join(f"({n}, {d.amount(f'${n}')})" for n in range(1, len(AMOUNTS) + 1))
    running = d.amount_text(d.running_sum("a", "n"))
    found = await db.fetch(
        f"WITH amounts (n, a) AS (VALUES {rows}) SELECT {running} FROM amounts ORDER BY n",
        *map(Decimal, shuffled),
    )
    wanted = [exact_sum(map(Decimal, shuffled[:n])) for n in range(1, len(AMOUNTS) + 1)]
    assert [Decimal(row[0]) for row in found] == wanted


async def test_instant_is_found_by_its_key(db: Database) -> None:
    d = db.dialect
    instants = '{"Asia/Shanghai": "2026-03-31T16:00:00.000000Z", "CET": "2026-03-31T22:00:00Z"}'
    keys = ("Asia/Shanghai", "CET", "Mars/Base")
    texts = (d.instant_text(d.instant_in("x.i", f"'{key}'")) for key in keys)
    [row] = await db.fetch(
        f"SELECT {', '.join(texts)} FROM (SELECT CAST($1 AS TEXT) AS i) x", instants
    )
    shanghai, cet, mars = row
    assert shanghai == "2026-03-31T16:00:00.000000Z"
    assert cet.startswith("2026-03-31T22:00:00")
    assert mars is None
