"""Reading from PostgreSQL: rows, single rows that many may share, and long streams."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import asyncpg

from models.adapters.ahead import one_ahead
from models.adapters.postgres_connections import CONNECT_SECONDS, PostgresConnections
from models.adapters.postgres_crowds import PostgresCrowds

# A page's rows are looked up one by one. PostgreSQL may rather keep all that a page could need at
# hand ("materialize"), as it reckons that a LIMIT would save it a part of that, which it does not.
_READING = {
    "default_transaction_read_only": "on",
    "jit": "off",
    "enable_material": "off",
    "datestyle": "ISO",
}
# Many rows in the order of an index, and never through a sort on the disk.
_STREAMING = _READING | {"random_page_cost": "1.1"}


class PostgresReader:
    """At most `size` connections for short reads, and one more for each stream."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._connections = PostgresConnections(url, size, _READING)
        self._crowds = PostgresCrowds(self._connections)

    async def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement."""
        return await self._connections.run(await self._connections.take(), sql, values)

    async def fetch_shared(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        """The only row, if any, of a short statement; its first column is never NULL."""
        return await self._crowds.row(sql, values)

    async def require_readable(self, sql: str, values: list[Any]) -> None:
        """Nothing: PostgreSQL reads what is as deep as a document may be."""

    async def stream(
        self, sql: str, values: list[Any], batch: int
    ) -> AsyncGenerator[list[Any], None]:
        """The rows in batches, from a connection of their own, so that short reads go on."""
        connection = await asyncpg.connect(
            self._url, timeout=CONNECT_SECONDS, server_settings=_STREAMING
        )
        try:
            async with connection.transaction(readonly=True):
                cursor = await connection.cursor(sql, *values)
                async with aclosing(one_ahead(partial(cursor.fetch, batch))) as batches:
                    async for rows in batches:
                        yield rows
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()
