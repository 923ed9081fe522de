"""How the two databases are opened: Tortoise's configuration, and pools for reading."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
from tortoise.backends.base.config_generator import expand_db_url

from models.adapters.sqlite_functions import install_functions
from models.rules.errors import Unavailable

TABLES = (
    "models.tables.artefacts",
    "models.tables.audit",
    "models.tables.bills",
    "models.tables.charges",
    "models.tables.coupons",
    "models.tables.customers",
    "models.tables.deliveries",
    "models.tables.disputes",
    "models.tables.estimates",
    "models.tables.events",
    "models.tables.exports",
    "models.tables.imports",
    "models.tables.inbox",
    "models.tables.invoices",
    "models.tables.jobs",
    "models.tables.partners",
    "models.tables.payments",
    "models.tables.storage",
    "models.tables.webhooks",
    "models.tables.workers",
)
BUSY_MILLISECONDS = 30_000
# A statement that runs longer than this is a bug or an attack; generation and imports raise it.
STATEMENT_TIMEOUT = "600s"


def sqlite_path(url: str) -> str:
    """The file of a `sqlite://` URL."""
    return url.removeprefix("sqlite://")


def require_database(url: str) -> None:
    """Raise Unavailable where a `sqlite://` URL names a file that is not there."""
    if url.startswith("sqlite:") and not Path(sqlite_path(url)).is_file():
        raise Unavailable("There is no database yet: run `migrate`, or correct BILLS_DATABASE_URL.")


def tortoise_config(url: str, writers: int) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite://PATH` or `postgres://…`."""
    if url.startswith("sqlite:"):
        connection: dict[str, Any] = {
            "engine": "models.adapters.sqlite",
            "credentials": {
                "file_path": sqlite_path(url),
                "busy_timeout": BUSY_MILLISECONDS,
                "synchronous": "FULL",
                "temp_store": "FILE",
            },
        }
    else:
        connection = expand_db_url(_asyncpg_url(url))
        connection["credentials"] |= {
            "minsize": 1,
            "maxsize": writers,
            "command_timeout": 900,
            "server_settings": {
                "statement_timeout": STATEMENT_TIMEOUT,
                "idle_in_transaction_session_timeout": "60s",
                "lock_timeout": "30s",
            },
        }
    return {
        "connections": {"default": connection},
        "apps": {
            "models": {
                "models": list(TABLES),
                "default_connection": "default",
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _asyncpg_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url


# A long read follows an index, and so comes back to pages that it has left.
CACHE_KIB = 16_384
_READING = {"default_transaction_read_only": "on", "jit": "off", "datestyle": "ISO"}
# Many rows in the order of an index, and never through a sort on the disk.
_STREAMING = _READING | {"random_page_cost": "1.1"}


class SqliteReader:
    """A few read-only connections to one SQLite file; readers never wait for the writer."""

    def __init__(self, url: str, size: int) -> None:
        self._uri = f"file:{sqlite_path(url)}?mode=ro"
        self._free: asyncio.LifoQueue[aiosqlite.Connection | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)

    async def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement."""
        connection = await self._free.get()
        try:
            if connection is None:
                connection = await self._connect()
            return list(await connection.execute_fetchall(sql, values))
        finally:
            self._free.put_nowait(connection)

    async def stream(
        self, sql: str, values: list[Any], batch: int
    ) -> AsyncGenerator[list[Any], None]:
        """The rows in batches, from a connection of their own, so that short reads go on."""
        connection = await self._connect()
        try:
            await connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            async with connection.execute(sql, values) as cursor:
                ahead = asyncio.ensure_future(cursor.fetchmany(batch))
                try:
                    while rows := await ahead:
                        # The database goes on while these rows are being worked on.
                        ahead = asyncio.ensure_future(cursor.fetchmany(batch))
                        yield list(rows)
                finally:
                    await asyncio.gather(ahead, return_exceptions=True)
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


async def _keep_session(_connection: Any) -> None:
    """Readers leave nothing in their session; resetting it costs a third of a short read."""


class PostgresReader:
    """A pool for reading, without the session reset between uses."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """The rows of one statement."""
        pool = self._pool or await self._open()
        return list(await pool.fetch(sql, *values))

    async def stream(
        self, sql: str, values: list[Any], batch: int
    ) -> AsyncGenerator[list[Any], None]:
        """The rows in batches, from a connection of their own, so that short reads go on."""
        connection = await asyncpg.connect(self._url, timeout=2, server_settings=_STREAMING)
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

    async def _open(self) -> "asyncpg.Pool[Any]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._size,
                    reset=_keep_session,
                    timeout=2,
                    command_timeout=30,
                    server_settings=_READING,
                )
            return self._pool

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
