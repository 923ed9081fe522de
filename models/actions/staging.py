"""Rows on their way from a file to the charges: temporary tables of one session.

Amounts and instants are kept as text in their canonical form, which both databases take, and which
becomes a number or an instant only where a charge is written.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.adapters.sessions import Session
from models.rules.months import INSTANT_TEXT

# In the order in which a staged row holds them; the types are understood by both databases.
_COLUMNS = {
    "line": "INTEGER PRIMARY KEY",
    "slot": "INTEGER NOT NULL",
    "charge_type": "TEXT NOT NULL",
    "category": "TEXT NOT NULL",
    "market": "TEXT NOT NULL",
    "product": "TEXT NOT NULL",
    "region": "TEXT",
    "resource": "TEXT",
    "billing_mode": "TEXT NOT NULL",
    "transaction_ref": "TEXT",
    "original_ref": "TEXT",
    "description": "TEXT",
    "usage_start": "TEXT",
    "usage_end": "TEXT",
    "quantity": "TEXT",
    "unit": "TEXT",
    "list_amount": "TEXT",
    "amount": "TEXT NOT NULL",
    "key": "BYTEA NOT NULL",
    "checksum": "BIGINT NOT NULL",
}
_SLOT_COLUMNS = {
    "slot": "INTEGER PRIMARY KEY",
    "partner_id": "BIGINT NOT NULL",
    "customer_id": "BIGINT",
    "kind": "TEXT NOT NULL",
    "currency": "TEXT NOT NULL",
    "cycle": "TEXT NOT NULL",
    "origin_cycle": "TEXT NOT NULL",
    "other_cycle": "TEXT",
    "account": "TEXT NOT NULL",
    "posting": "BIGINT NOT NULL",
}
_AMOUNTS = frozenset({"quantity", "list_amount", "amount"})
_INSTANTS = frozenset({"usage_start", "usage_end"})


class PlacedSlot(NamedTuple):
    """What the rows of a slot have in common as charges, in the order of the table's columns.

    Some of them may stand in `other_cycle`: the partner's billing zone was another when they came.
    """

    slot: int
    partner_id: int
    customer_id: int | None
    kind: str
    currency: str
    cycle: str
    origin_cycle: str
    other_cycle: str | None
    account: str
    posting: int


async def open_staging(session: Session) -> None:
    """Make the temporary tables."""
    for table, columns in (("staged_charges", _COLUMNS), ("staged_slots", _SLOT_COLUMNS)):
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        await session.run(f"CREATE TEMPORARY TABLE {table} ({listed})")
    for table, column in (
        ("staged_repeats", "occurrence INTEGER"),
        ("staged_formers", "key BYTEA"),
    ):
        await session.run(
            f"CREATE TEMPORARY TABLE {table} (line INTEGER PRIMARY KEY, {column} NOT NULL)"
        )


async def stage(
    session: Session, rows: list[tuple[Any, ...]], formers: list[tuple[int, bytes]]
) -> None:
    """Append rows, each with its values in the order of the staged columns, and former keys."""
    await session.load("staged_charges", tuple(_COLUMNS), rows)
    await session.load("staged_formers", ("line", "key"), formers)


async def end_staging(session: Session) -> None:
    """Tell the planner what is staged: it knows nothing of temporary tables otherwise."""
    for table in ("staged_charges", "staged_formers"):
        await session.run(f"ANALYZE {table}")


async def fill_slots(tx: Tx, slots: Sequence[PlacedSlot]) -> None:
    """Say what the slots of the staged rows stand for."""
    holders = ", ".join(f"${n + 1}" for n in range(len(_SLOT_COLUMNS)))
    statement = f"INSERT INTO staged_slots VALUES ({holders})"
    await tx.client.execute_many(tx.dialect.sql(statement), [list(slot) for slot in slots])


async def write_charges(tx: Tx, staged: int, *, import_id: int, now: datetime) -> int:
    """Make charges of the `staged` rows in file order, each once; how many were added.

    A line is known when its key is, as often as it stands in the file: a line that stands there
    twice is two charges. It is known in the month that it was meant for when it came, and by the
    key that it had then.
    """
    values = (instant_text(now), import_id)
    await tx.execute(_KEEP_FORMER)
    added = await tx.execute(_write_statement(tx.dialect), *values)
    if added < staged:
        await tx.execute(_REPEATS)
        added += await tx.execute(_write_statement(tx.dialect, repeats=True), *values)
    return added


def instant_text(instant: datetime) -> str:
    """An aware instant as staged rows hold it."""
    return instant.astimezone(UTC).strftime(INSTANT_TEXT)


# The first of several equal lines is written already, or was known before.
_REPEATS = (
    "INSERT INTO staged_repeats SELECT line, occurrence FROM (SELECT line, row_number()"
    " OVER (PARTITION BY key ORDER BY line) AS occurrence FROM staged_charges) AS numbered"
    " WHERE occurrence > 1"
)

# A look into the unique index for each row. Without LIMIT, PostgreSQL might read all charges; with
# a bare column, SQLite would not look for the key in the index, as it takes a BYTEA for a number.
_FOUND = (
    "(SELECT 1 FROM charges c WHERE c.partner_id = t.partner_id AND c.origin_cycle {months}"
    " AND c.key = coalesce({key}, {key}){more} LIMIT 1)"
)
_IS_KNOWN_BESIDE = _FOUND.format(
    months="= t.other_cycle", key="s.key", more=" AND c.occurrence = {occurrence}"
)
# A line that came under its former key has it still.
_IS_KNOWN_AS_BEFORE = _FOUND.format(
    months="IN (t.origin_cycle, t.other_cycle)", key="f.key", more=""
)
_KEEP_FORMER = (
    "UPDATE staged_charges SET key = known.key FROM (SELECT f.line, f.key FROM staged_formers f"
    " CROSS JOIN staged_charges s CROSS JOIN staged_slots t WHERE s.line = f.line"
    f" AND t.slot = s.slot AND {_IS_KNOWN_AS_BEFORE} IS NOT NULL) AS known"
    " WHERE known.line = staged_charges.line"
)


def _write_statement(dialect: Dialect, *, repeats: bool = False) -> str:
    taken = {name: _value(dialect, name) for name in _COLUMNS if name not in {"line", "slot"}}
    taken |= {name: f"t.{name}" for name in _SLOT_COLUMNS if name != "slot"}
    taken |= {
        "posted_at": dialect.instant("$1"),
        "import_id": "CAST($2 AS BIGINT)",
        "occurrence": "r.occurrence" if repeats else "1",
    }
    del taken["other_cycle"]
    known = _IS_KNOWN_BESIDE.format(occurrence=taken["occurrence"])
    # CROSS JOIN, as SQLite then keeps this order: the rows by line, each looking up its slot.
    tables = "staged_charges s CROSS JOIN staged_slots t"
    return (
        f"INSERT INTO charges ({', '.join(taken)}) SELECT {', '.join(taken.values())}"
        f" FROM {f'staged_repeats r CROSS JOIN {tables}' if repeats else tables}"
        f" WHERE t.slot = s.slot{' AND r.line = s.line' if repeats else ''}"
        f" AND (t.other_cycle IS NULL OR {known} IS NULL) ORDER BY s.line"
        " ON CONFLICT (partner_id, origin_cycle, key, occurrence) DO NOTHING"
    )


def _value(dialect: Dialect, name: str) -> str:
    if name in _AMOUNTS:
        return dialect.amount(f"s.{name}")
    return dialect.instant(f"s.{name}") if name in _INSTANTS else f"s.{name}"
