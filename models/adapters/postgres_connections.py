"""A few connections to PostgreSQL, handed from one user to the next.

A pool does more for whoever takes a connection than most of our statements do in the database: it
resets the session, and guards its return by a task. Here nothing is left in a session, and what may
be left by a user who was cancelled, or by a connection that was cut, is thrown away with it.

A server that hangs, or whose network does, answers nobody and refuses nobody. Where a statement
takes long, a new connection shows whether that is so; then nobody is left waiting.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, TypeAlias

import asyncpg

CONNECT_SECONDS = 1.5
COMMAND_SECONDS = 30
# A statement that takes longer is reason to see whether the server answers at all, within these.
LONG_SECONDS = 0.5
PROBE_SECONDS = 1.0
# Statements are made once for each document: they stay prepared, however long they are.
_PREPARED = {"max_cached_statement_lifetime": 0, "max_cacheable_statement_size": 0}

Connection: TypeAlias = asyncpg.Connection


class PostgresConnections:
    """At most `size` of them, opened when they are needed; whoever waits longest is next."""

    def __init__(self, url: str, size: int, settings: Mapping[str, str]) -> None:
        self._url, self._size, self._settings = url, size, settings
        self._opened = 0
        self._free: list[Connection] = []
        # Each gets a connection, or None for the place of one that was lost.
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        # Since when each of those in use runs its statement.
        self._running: dict[Connection, float] = {}
        self._watch: asyncio.Task[None] | None = None

    @property
    def are_all_in_use(self) -> bool:
        """Whether who takes one now has to wait."""
        return self._opened >= self._size and not self._free

    async def take(self) -> Connection:
        """A connection of one's own, until it is given back or dropped.

        Raises OSError, or what else the driver does, when the server does not answer.
        """
        idle = self._idle()
        if idle is not None:
            return idle
        if self._opened < self._size:
            self._opened += 1
        elif handed := await self._wait():
            return handed
        try:
            return await asyncpg.connect(
                self._url,
                timeout=CONNECT_SECONDS,
                command_timeout=COMMAND_SECONDS,
                server_settings=dict(self._settings),
                **_PREPARED,
            )
        except BaseException as failure:
            if isinstance(failure, OSError):
                self._tell_all(failure)
            self._hand_on(None)
            raise

    async def run(self, connection: Connection, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement; the connection is given back."""
        self._running[connection] = asyncio.get_running_loop().time()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_over())
        try:
            rows: list[Any] = await connection.fetch(sql, *values)
        except asyncpg.PostgresError:
            self.give(connection)
            raise
        except BaseException:
            self.drop(connection)
            raise
        finally:
            del self._running[connection]
        self.give(connection)
        return rows

    def give(self, connection: Connection) -> None:
        """Give a connection back that is as it was."""
        self._hand_on(None if connection.is_closed() else connection)

    def drop(self, connection: Connection) -> None:
        """Throw a connection away that may be in the middle of something."""
        connection.terminate()
        self._hand_on(None)

    async def close(self) -> None:
        """Close every connection that nobody uses."""
        if self._watch is not None:
            self._watch.cancel()
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

    async def _wait(self) -> Connection | None:
        """A connection, or None for the place of one that was lost."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._hand_on(waiter.result())
            raise

    async def _watch_over(self) -> None:
        """While there are statements, see to it that none waits for a server that hangs."""
        while self._running:
            await asyncio.sleep(LONG_SECONDS / 2)
            since = asyncio.get_running_loop().time() - LONG_SECONDS
            long = [each for each, began in self._running.items() if began <= since]
            if long and not await self._answers():
                hung = [each for each in long if each in self._running]
                self._tell_all(TimeoutError("the server hangs"))
                for connection in hung:
                    connection.terminate()

    async def _answers(self) -> bool:
        """Whether the server takes a new connection, or refuses it in words."""
        try:
            probe = await asyncpg.connect(self._url, timeout=PROBE_SECONDS)
        except OSError:
            return False
        except asyncpg.PostgresError:
            return True
        probe.terminate()
        return True

    def _tell_all(self, failure: OSError) -> None:
        """Whoever waits need not find out for themselves."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(failure)
        self._waiting.clear()

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
