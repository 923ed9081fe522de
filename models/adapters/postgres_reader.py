"""Reading from PostgreSQL: a few read-only connections, handed from one reader to the next.

A pool does more for whoever takes a connection than most of our statements do in the database: it
resets the session, and guards its return by a task. Here nothing is left in a session, and what may
be left by a reader that was cancelled, or by a connection that was cut, is thrown away with it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any, TypeAlias

import asyncpg

CONNECT_SECONDS = 2
READ_SECONDS = 30
_READING = {"default_transaction_read_only": "on", "jit": "off", "datestyle": "ISO"}
# Many rows in the order of an index, and never through a sort on the disk.
_STREAMING = _READING | {"random_page_cost": "1.1"}
# Statements are made once for each document: they stay prepared, however long they are.
_PREPARED = {"max_cached_statement_lifetime": 0, "max_cacheable_statement_size": 0}

Connection: TypeAlias = asyncpg.Connection


class PostgresReader:
    """At most `size` connections, opened when they are needed; whoever waits longest is next."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._opened = 0
        self._free: list[Connection] = []
        # Each gets a connection, or None for the place of one that was lost.
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()

    async def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement."""
        connection = self._idle() or await self._take()
        try:
            rows: list[Any] = await connection.fetch(sql, *values)
        except asyncpg.PostgresError:
            self._give(connection)
            raise
        except BaseException:
            self._drop(connection)
            raise
        self._give(connection)
        return rows

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
                ahead = asyncio.ensure_future(cursor.fetch(batch))
                try:
                    while rows := await ahead:
                        # The server goes on while these rows are being worked on.
                        ahead = asyncio.ensure_future(cursor.fetch(batch))
                        yield rows
                finally:
                    await asyncio.gather(ahead, return_exceptions=True)
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close every connection that nobody uses."""
        while connection := self._idle():
            self._opened -= 1
            await connection.close()

    def _idle(self) -> Connection | None:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._opened -= 1
        return None

    async def _take(self) -> Connection:
        if self._opened < self._size:
            self._opened += 1
        elif handed := await self._wait():
            return handed
        try:
            return await asyncpg.connect(
                self._url,
                timeout=CONNECT_SECONDS,
                command_timeout=READ_SECONDS,
                server_settings=_READING,
                **_PREPARED,
            )
        except BaseException:
            self._hand_on(None)
            raise

    async def _wait(self) -> Connection | None:
        """A connection, or None for the place of one that was lost."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self._hand_on(waiter.result())
            raise

    def _give(self, connection: Connection) -> None:
        self._hand_on(None if connection.is_closed() else connection)

    def _drop(self, connection: Connection) -> None:
        connection.terminate()
        self._hand_on(None)

    def _hand_on(self, connection: Connection | None) -> None:
        """To whoever waits longest; where nobody waits, it is free, or its place is."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is None:
            self._opened -= 1
        else:
            self._free.append(connection)
