"""A database connection of one's own, for work that loads much and must hold nobody up.

Its temporary tables belong to it alone: filling them takes no lock that others would wait for, and
a killed process leaves none of it behind. What is to last is written from them in one transaction.
"""

import importlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import chain
from typing import Any

import aiosqlite
import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.connection import get_connections

from models.adapters.database import Database
from models.adapters.outages import UNCHANGED, is_outage, unavailable

# Index pages of a large table have to stay in memory while it grows (−: in KiB). A statement that
# sorts, as for lines that a file has twice, may take as much again.
SQLITE_CACHE_KIB = -81_920
SQLITE_ROWS = 100
LONGEST_SECONDS = 3600


class Session(Database):
    """A `Database` whose transactions, and the loading before them, share one connection."""

    def __init__(self, database: Database, client: BaseDBAsyncClient) -> None:
        super().__init__(database.dialect, database._reader)
        self._client = client

    def _begin(self) -> TransactionContext:
        return self._client._in_transaction()

    async def run(self, script: str) -> None:
        """Run statements that bind nothing, outside of any transaction; raises Unavailable."""
        with _answering():
            await self._client.execute_script(script)

    async def load(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        """Append rows of plain values (text, int, bytes, None) to a temporary table.

        Raises Unavailable when the connection is lost, and the table with it.
        """
        with _answering():
            async with self._client.acquire_connection() as connection:
                if self.dialect.name == "postgres":
                    await connection.copy_records_to_table(table, records=rows, columns=columns)
                else:
                    await _insert(connection, table, columns, rows)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        is_gone = isinstance(failure, asyncpg.UndefinedTableError)  # with its connection
        if not is_gone and not is_outage(failure):
            raise
        raise unavailable(UNCHANGED, failure) from failure


async def _insert(
    connection: aiosqlite.Connection,
    table: str,
    columns: Sequence[str],
    rows: list[tuple[Any, ...]],
) -> None:
    """Many rows a statement: a third faster than one by one."""
    into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
    holders = f"({', '.join('?' * len(columns))})"
    await connection.execute("BEGIN")
    for start in range(0, len(rows), SQLITE_ROWS):
        some = rows[start : start + SQLITE_ROWS]
        values = list(chain.from_iterable(some))
        await connection.execute(into + ", ".join([holders] * len(some)), values)
    await connection.execute("COMMIT")


@asynccontextmanager
async def open_session(database: Database) -> AsyncIterator[Session]:
    """A connection beside those of `database`, closed at the end with its temporary tables."""
    client = _client(get_connections().db_config["default"])
    session = Session(database, client)
    try:
        yield session
    finally:
        await session.settle()
        await client.close()


def _client(config: dict[str, Any]) -> BaseDBAsyncClient:
    credentials = dict(config["credentials"])
    if "file_path" in credentials:
        credentials["cache_size"] = SQLITE_CACHE_KIB
    else:
        credentials |= {"minsize": 1, "maxsize": 1, "max_inactive_connection_lifetime": 0}
        credentials["command_timeout"] = LONGEST_SECONDS
        credentials["server_settings"] = {
            **credentials["server_settings"],
            "statement_timeout": f"{LONGEST_SECONDS}s",
            "work_mem": "64MB",
        }
    client_class = importlib.import_module(config["engine"]).client_class
    client: BaseDBAsyncClient = client_class(connection_name="default", **credentials)
    return client
