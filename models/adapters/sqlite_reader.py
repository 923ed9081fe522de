"""Reading from SQLite: a few read-only connections, which never wait for the writer."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite

from models.adapters.ahead import one_ahead
from models.adapters.connections import BUSY_MILLISECONDS, read_only_uri, sqlite_path
from models.adapters.sqlite_functions import install_functions
from models.rules.errors import ErrorCode, InvalidInput

# A long read follows an index, and so comes back to pages that it has left.
CACHE_KIB = 12_288
# In older versions (3.40; not 3.51) some eight subqueries may stand within each other.
_TOO_DEEP = "parser stack overflow"


class SqliteReader:
    """A few read-only connections to one SQLite file; readers never wait for the writer."""

    def __init__(self, url: str, size: int) -> None:
        self._uri = read_only_uri(Path(sqlite_path(url)))
        self._free: asyncio.LifoQueue[aiosqlite.Connection | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)

    async def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement; raises InvalidInput (QUERY_TOO_DEEP)."""
        connection = await self._free.get()
        try:
            if connection is None:
                connection = await self._connect()
            return list(await connection.execute_fetchall(sql, values))
        except sqlite3.OperationalError as failure:
            if str(failure) == _TOO_DEEP:
                raise InvalidInput(
                    "This asks for more rows below rows than this version of SQLite can read at"
                    " once; ask in two requests.",
                    ErrorCode.QUERY_TOO_DEEP,
                ) from failure
            raise
        finally:
            self._free.put_nowait(connection)

    async def fetch_shared(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        """The only row, if any, of a short statement."""
        rows = await self.fetch(sql, values)
        return rows[0] if rows else None

    async def require_readable(self, sql: str, values: list[Any]) -> None:
        """Raise InvalidInput (QUERY_TOO_DEEP) for a statement that cannot be read; read nothing."""
        # Whatever else is wrong is told when it is read.
        with suppress(sqlite3.OperationalError):
            await self.fetch(f"EXPLAIN {sql}", values)

    async def stream(
        self, sql: str, values: list[Any], batch: int
    ) -> AsyncGenerator[list[Any], None]:
        """The rows in batches, from a connection of their own, so that short reads go on."""
        connection = await self._connect()
        try:
            await connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            async with (
                connection.execute(sql, values) as cursor,
                aclosing(one_ahead(partial(_some, cursor, batch))) as batches,
            ):
                async for rows in batches:
                    yield rows
        finally:
            await connection.close()

    async def _connect(self) -> aiosqlite.Connection:
        """A new connection; whoever is cancelled meanwhile leaves none behind half open."""
        opening = asyncio.ensure_future(self._open())
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            await (await opening).close()
            raise

    async def _open(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._uri, uri=True, isolation_level=None)
        raw: Any = connection
        await raw._execute(install_functions, raw._conn)
        raw._conn.row_factory = aiosqlite.Row
        await connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        return connection

    async def close(self) -> None:
        """Close every connection."""
        while not self._free.empty():
            connection = self._free.get_nowait()
            if connection is not None:
                await connection.close()


async def _some(cursor: aiosqlite.Cursor, count: int) -> list[Any]:
    return list(await cursor.fetchmany(count))
