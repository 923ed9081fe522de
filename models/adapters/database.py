"""The database: one handle, one way to read, one way to change.

`transact` runs a verb in one transaction of its own task: immediate on SQLite, retried after a
serialization failure or deadlock, and never torn by the caller's cancellation. A caller that goes
away leaves the verb to finish; nothing is half-applied and no connection is lost.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from models.adapters.connections import require_database, tortoise_config
from models.adapters.dialects import DIALECTS, Dialect
from models.adapters.outages import (
    AWAY,
    BUSY,
    UNCHANGED,
    NoTurn,
    is_cut_off,
    is_locked,
    is_outage,
    unavailable,
)
from models.adapters.postgres_reader import PostgresReader
from models.adapters.shares import Shares
from models.adapters.sqlite_reader import SqliteReader
from models.rules.errors import OutcomeUnknown

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 5
UNKNOWN = (
    "The database went away while it was told to keep this: it may have been done. Send it again"
    " with the same idempotency key, or look, to know."
)
RETRIED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)


class Reader(Protocol):
    """Connections for queries that change nothing."""

    async def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement, each indexable by position and by name."""

    async def fetch_shared(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        """The only row, if any, of a short statement; its first column is never NULL."""

    async def require_readable(self, sql: str, values: list[Any]) -> None:
        """Raise InvalidInput (QUERY_TOO_DEEP) for a statement that cannot be read; read nothing."""

    def stream(self, sql: str, values: list[Any], batch: int) -> AsyncGenerator[list[Any], None]:
        """The rows of one statement, `batch` at a time."""

    async def close(self) -> None:
        """Give everything back."""


class Tx:
    """An open transaction: SQL written once for both databases, placeholders $1, $2 …"""

    def __init__(self, client: BaseDBAsyncClient, dialect: Dialect) -> None:
        self.client = client
        self.dialect = dialect

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """The rows of one statement (a SELECT, or one with RETURNING)."""
        d = self.dialect
        async with self.client.acquire_connection() as connection:
            bound = [d.value(v) for v in values]
            if d.name == "sqlite":
                return list(await connection.execute_fetchall(d.sql(sql), bound))
            return list(await connection.fetch(sql, *bound))

    async def fetch_one(self, sql: str, *values: Any) -> Any | None:
        """The first row, or None."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement; how many rows it changed."""
        d = self.dialect
        bound = [d.value(v) for v in values]
        if d.name == "postgres":
            return await self._execute_postgres(sql, bound)
        count, _ = await self.client.execute_query(d.sql(sql), bound)
        return int(count)

    async def _execute_postgres(self, sql: str, bound: list[Any]) -> int:
        """As Tortoise does it, except that it takes `INSERT 0 5` for no row."""

        async def run(client: BaseDBAsyncClient) -> str:
            async with client.acquire_connection() as connection:
                return str(await connection.execute(sql, *bound))

        client: Any = self.client
        count = (await client._translate_exceptions(run)).rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


Verb = Callable[Concatenate[Tx, P], Awaitable[T]]


class Database:
    """What every floor above is handed: `fetch` to read, `transact` to change."""

    def __init__(self, dialect: Dialect, reader: Reader, shares: Shares | None = None) -> None:
        self.dialect = dialect
        self._reader = reader
        self._shares = shares
        self._running: set[asyncio.Task[Any]] = set()

    def of_partner(self, partner_id: int | None) -> "Database":
        """The same database, whose verbs keep within one partner's share of the connections.

        It is this one for None, and where there are no shares.
        """
        if partner_id is None or self._shares is None:
            return self
        return _SharedDatabase(self, partial(self._shares.turn, partner_id))

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """The rows of one reading statement, outside of any transaction.

        Raises Unavailable when the database does not answer.
        """
        d = self.dialect
        with answering():
            return await self._reader.fetch(d.sql(sql), [d.value(v) for v in values])

    async def fetch_shared(self, sql: str, *values: Any) -> Sequence[Any] | None:
        """The only row, if any, of a short reading statement; its first column is never NULL.

        Those who wait for the same statement may be served together. Raises Unavailable.
        """
        d = self.dialect
        with answering():
            return await self._reader.fetch_shared(d.sql(sql), [d.value(v) for v in values])

    async def require_readable(self, sql: str, *values: Any) -> None:
        """Raise InvalidInput (QUERY_TOO_DEEP) for a statement that cannot be read; read nothing.

        Raises Unavailable.
        """
        d = self.dialect
        with answering():
            await self._reader.require_readable(d.sql(sql), [d.value(v) for v in values])

    async def stream(
        self, sql: str, *values: Any, batch: int = 5_000
    ) -> AsyncGenerator[list[Any], None]:
        """The rows of one long reading statement, at most `batch` of them in memory.

        Use it under `contextlib.aclosing`, so that its connection is given back at once. Raises
        Unavailable when the database does not answer.
        """
        d = self.dialect
        rows = self._reader.stream(d.sql(sql), [d.value(v) for v in values], batch)
        with answering():
            async with aclosing(rows) as batches:
                async for some in batches:
                    yield some

    async def transact(self, verb: "Verb[P, T]", /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `verb(tx, …)` in one transaction and return its answer once it is committed.

        Raises what the verb raises (rolled back), Unavailable when the database does not answer,
        and OutcomeUnknown when it went away in the commit.
        """
        task = asyncio.ensure_future(self._attempt(verb, *args, **kwargs))
        self._running.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def _attempt(self, verb: "Verb[P, T]", /, *args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(verb, *args, **kwargs)
            except (OperationalError, sqlite3.OperationalError, *RETRIED) as failure:
                if is_locked(failure) or (_is_retried(failure) and attempt == ATTEMPTS):
                    raise unavailable(BUSY, failure) from failure
                if not _is_retried(failure):
                    raise
                await asyncio.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    async def _once(self, verb: "Verb[P, T]", /, *args: P.args, **kwargs: P.kwargs) -> T:
        is_committing = False
        try:
            async with self._begin() as client:
                answer = await verb(Tx(client, self.dialect), *args, **kwargs)
                is_committing = True
            return answer
        except Exception as failure:
            if is_committing and is_cut_off(failure):
                raise OutcomeUnknown(UNKNOWN) from failure
            if isinstance(failure, NoTurn):
                raise unavailable(BUSY, failure) from failure
            if is_outage(failure):
                raise unavailable(UNCHANGED, failure) from failure
            raise

    def _begin(self) -> AbstractAsyncContextManager[BaseDBAsyncClient]:
        return in_transaction()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved here, as the caller may have gone away

    async def settle(self) -> None:
        """Wait for verbs whose callers went away."""
        while self._running:
            await asyncio.wait(set(self._running))


class _SharedDatabase(Database):
    """A `Database` whose transactions take a turn before they take a connection."""

    def __init__(
        self, whole: Database, turn: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        super().__init__(whole.dialect, whole._reader)
        self._turn = turn
        self._running = whole._running

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[BaseDBAsyncClient]:
        async with self._turn(), in_transaction() as client:
            yield client


def _is_retried(failure: Exception) -> bool:
    cause = failure.args[0] if failure.args else None
    return isinstance(failure, RETRIED) or isinstance(cause, RETRIED)


@contextmanager
def answering() -> Iterator[None]:
    """Around reads: raises Unavailable when the database does not answer."""
    try:
        yield
    except Exception as failure:
        if not is_outage(failure) and not is_locked(failure):
            raise
        raise unavailable(AWAY, failure) from failure


@asynccontextmanager
async def open_database(
    url: str, *, readers: int = 4, writers: int = 10
) -> AsyncIterator[Database]:
    """Connect to `sqlite://PATH` or `postgres://…`, and give everything back at the end.

    Raises Unavailable when there is no such file.
    """
    require_database(url)
    config = tortoise_config(url, writers)
    context = await Tortoise.init(config=config, _enable_global_fallback=True)
    try:
        name = "sqlite" if url.startswith("sqlite:") else "postgres"
        reader: Reader = (
            SqliteReader(url, readers) if name == "sqlite" else PostgresReader(url, readers)
        )
        # On SQLite there is one connection, for which all wait in their order.
        shares = Shares(max(1, writers // 3)) if name == "postgres" else None
        database = Database(DIALECTS[name], reader, shares)
        try:
            yield database
        finally:
            await database.settle()
            await reader.close()
    finally:
        await context.close_connections()
