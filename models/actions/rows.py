"""Writing many rows at once."""

from collections.abc import Sequence
from typing import Any

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
