"""Tortoise's PostgreSQL backend, with transactions that begin in time or fail in time.

A server that hangs takes a transaction's beginning and never answers it; a pool whose connections
all hang hands out none. Neither may hold anybody up, or keep a connection. Loaded by name, as an
`engine`.
"""

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

from models.adapters.outages import NoTurn
from models.adapters.postgres_connections import CONNECT_SECONDS

# Others may be at work that takes its time; what waits longer than this is told so.
POOL_SECONDS = 10
# BEGIN waits for no lock: a server that is well answers it at once.
BEGIN_SECONDS = CONNECT_SECONDS


class PromptContext(TransactionContextPooled):
    """A transaction whose begin may fail without keeping its connection."""

    async def __aenter__(self) -> TransactionalDBClient:
        """Begin; raises NoTurn, TimeoutError, or what the driver raises."""
        await self.ensure_connection()
        pool: asyncpg.Pool = self.client._parent._pool
        connection = await _acquire(pool)
        self.client._connection = connection
        self.token = get_connections().set(self.connection_name, self.client)
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                await self.client.begin()
        except BaseException:
            get_connections().reset(self.token)
            # It may be in the middle of something, or hang: nobody is to get it again.
            with suppress(asyncpg.InterfaceError):  # it was cut off, and is the pool's no more
                connection.terminate()
            await pool.release(connection)
            raise
        return self.client


async def _acquire(pool: asyncpg.Pool) -> Any:
    try:
        return await pool.acquire(timeout=POOL_SECONDS)
    except TimeoutError as late:
        if pool.get_size() == pool.get_max_size() and not pool.get_idle_size():
            raise NoTurn from late
        raise


class BillsPostgresClient(AsyncpgDBClient):
    """A pool that is waited for no longer than POOL_SECONDS."""

    def _in_transaction(self) -> TransactionContext:
        return PromptContext(TransactionWrapper(self), self._pool_init_lock)


client_class = BillsPostgresClient
