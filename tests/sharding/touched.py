"""Which partitions a statement of PostgreSQL reads: by the server's own counts, before and after.

A statement that runs outside of a transaction is given one, so that the counts are its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

_COUNTS = (
    "SELECT relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) AS scans"
    " FROM pg_stat_xact_user_tables WHERE relname ~ '_p[0-7]$'"
)


@dataclass
class Touched:
    """Statements with the numbers of the partitions that they read, more than none."""

    statements: list[tuple[str, set[int]]] = field(default_factory=list)

    def beyond_one(self) -> set[str]:
        """What reads the partitions of several partners."""
        return {sql for sql, parts in self.statements if len(parts) > 1}

    def of_one(self) -> int:
        """How many statements read the partitions of one."""
        return sum(len(parts) == 1 for _, parts in self.statements)


@contextmanager
def watched() -> Iterator[Touched]:
    """What every connection of this process reads while the block lasts."""
    touched, runs = Touched(), asyncpg.Connection._execute

    async def counts(connection: Any) -> dict[str, int]:
        rows = await runs(connection, _COUNTS, (), 0, None)
        return {row["relname"]: row["scans"] for row in rows}

    async def run(connection: Any, query: str, *rest: Any, **options: Any) -> Any:
        if not connection.is_in_transaction():
            async with connection.transaction():
                return await run(connection, query, *rest, **options)
        before = await counts(connection)
        answer = await runs(connection, query, *rest, **options)
        after = await counts(connection)
        read = {name for name, scans in after.items() if scans > before.get(name, 0)}
        if read:
            touched.statements.append((query, {int(name[-1]) for name in read}))
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncpg.Connection, "_execute", run)
        yield touched
