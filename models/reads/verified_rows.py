"""Looking at many rows one after another."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from models.adapters.database import Database

Progress = Callable[[int], None]


def untold(_count: int) -> None:
    """The progress of what is soon done."""


async def verify_rows(
    db: Database, check: Callable[[Any], None], sql: str, *values: Any, progress: Progress = untold
) -> int:
    """Let `check` see every row of a statement, a few thousand in memory at a time; how many.

    `progress` is told of each batch. Raises what `check` raises.
    """
    count = 0
    async with aclosing(db.stream(sql, *values)) as batches:
        async for rows in batches:
            for row in rows:
                check(row)
            count += len(rows)
            progress(len(rows))
    return count
