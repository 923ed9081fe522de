"""What PostgreSQL says that a statement cost, in pages of its buffers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from models.adapters.database import Database, Tx

_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


def pages(rows: list[Any]) -> int:
    """The pages that were read or found in memory, from the answer of an EXPLAIN."""
    [plan] = json.loads(rows[0][0])
    return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])


async def cost(db: Database, sql: str, *values: Any) -> int:
    """The pages that a reading statement reads."""
    return pages(await db.fetch(_EXPLAIN + sql, *values))


@contextmanager
def counted() -> Iterator[list[int]]:
    """The pages of every statement that verbs run by `Tx` while the block lasts."""
    spent: list[int] = []
    fetch = Tx.fetch

    async def read(self: Tx, sql: str, *values: Any) -> list[Any]:
        if sql.lstrip().startswith("SELECT"):
            spent.append(pages(await fetch(self, _EXPLAIN + sql, *values)))
        return await fetch(self, sql, *values)

    async def write(self: Tx, sql: str, *values: Any) -> int:
        rows = await fetch(self, _EXPLAIN + sql, *values)
        spent.append(pages(rows))
        [plan] = json.loads(rows[0][0])
        return int(plan["Plan"]["Plans"][0]["Actual Rows"])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Tx, "fetch", read)
        patched.setattr(Tx, "execute", write)
        yield spent
