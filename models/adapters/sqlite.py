"""Tortoise's SQLite backend, with transactions that take the write lock at once.

A deferred transaction that reads and then writes fails with "database is locked" as soon as a
second process does the same; an immediate one waits its turn. Loaded by name, as an `engine`.
"""

import asyncio
import sqlite3
from typing import Any

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from models.adapters import connections
from models.adapters.outages import NoTurn
from models.adapters.sqlite_functions import install_functions


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction begun with BEGIN IMMEDIATE."""

    async def begin(self) -> None:
        """Take the write lock, waiting for it up to the busy time-out."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as busy:
            raise OperationalError(busy) from busy


class ImmediateContext(SqliteTransactionContext):
    """A transaction whose begin may fail without locking out all that follow on the connection.

    The tasks of a process take turns, in the order in which they came; none waits for its turn for
    longer than for the lock of another process.
    """

    async def __aenter__(self) -> TransactionalDBClient:
        """Begin; raises NoTurn, or OperationalError when another process keeps the lock."""
        try:
            async with asyncio.timeout(connections.BUSY_MILLISECONDS / 1000):
                await self._trxlock.acquire()
        except TimeoutError as late:
            raise NoTurn from late
        try:
            await self.ensure_connection()
            self.token = get_connections().set(self.connection_name, self.connection)
            try:
                await self.connection.begin()
            except BaseException:
                get_connections().reset(self.token)
                raise
        except BaseException:
            self._trxlock.release()
            raise
        client: TransactionalDBClient = self.connection
        return client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        """Commit, or roll back; a commit that is refused is rolled back as well.

        Without that the transaction stays open, and no other can begin on the connection.
        """
        try:
            await super().__aexit__(exc_type, exc_val, exc_tb)
        except sqlite3.Error:
            await self._roll_back()
            raise

    async def _roll_back(self) -> None:
        connection: aiosqlite.Connection = self.connection._connection
        if connection.in_transaction:
            await connection.rollback()


class BillsSqliteClient(SqliteClient):
    """A connection that knows exact amounts."""

    async def create_connection(self, with_db: bool) -> None:
        """Open the file and register the exact functions."""
        fresh = self._connection is None
        await super().create_connection(with_db)
        if fresh and self._connection is not None:
            connection: Any = self._connection
            await connection._execute(install_functions, connection._conn)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)


client_class = BillsSqliteClient
