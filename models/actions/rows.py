"""Writing rows: many at once, and one that changed."""

from collections.abc import Sequence
from typing import Any

from tortoise import Model

from models.adapters.database import Tx

# Far below the 32,766 values that a statement may bind, with up to ten columns.
BATCH = 500


async def add_rows(
    tx: Tx, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> int:
    """Insert those rows that break no unique constraint; how many they were.

    Counted by what is returned, as PostgreSQL's driver counts no inserted rows.
    """
    added = 0
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        width = len(columns)
        holders = (
            f"({', '.join(f'${n * width + m + 1}' for m in range(width))})"
            for n in range(len(some))
        )
        inserted = await tx.fetch(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(holders)}"
            " ON CONFLICT DO NOTHING RETURNING id",
            *(value for row in some for value in row),
        )
        added += len(inserted)
    return added


async def save_changes(tx: Tx, row: Model, columns: Sequence[str]) -> None:
    """Write these columns of a partner's row; it is found by its partner and its id."""
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=3))
    known = row._meta.fields_map
    values = (known[name].to_db_value(getattr(row, name), row) for name in columns)
    await tx.execute(
        f"UPDATE {row._meta.db_table} SET {sets} WHERE partner_id = $1 AND id = $2",
        *(getattr(row, "partner_id"), row.pk, *values),  # noqa: B009 - each such table has one
    )
