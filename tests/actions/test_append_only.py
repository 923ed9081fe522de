"""Ledger and audit trail are append-only: the database itself refuses any change (R60)."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.migrations.api.migrate import migrate

from models.actions.audit import Act, record
from models.adapters.connections import tortoise_config
from models.adapters.database import Database, Tx, open_database
from tests.builders import a_partner
from tests.ledgers import Moved, a_ledger

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REFUSALS = (sqlite3.IntegrityError, asyncpg.RaiseError, BaseORMException)
BEFORE = "models.0002_whole_life"
COLUMNS = {"ledger_entries": "amount", "audit_entries": "subject"}


@pytest.fixture
async def books(db: Database) -> Database:
    """A database with a ledger transaction and an audit row."""
    partner = await a_partner(db)
    await a_ledger(db, partner, [Moved("BILL", Decimal(5), NOW)])
    await db.transact(record, None, Act("TEST", "bil_1", partner), now=NOW)
    return db


async def rows(db: Database) -> list[tuple[Any, ...]]:
    """Everything that must stay as it is."""
    return [
        tuple(row)
        for table, column in COLUMNS.items()
        for row in await db.fetch(f"SELECT id, {column} FROM {table} ORDER BY id")
    ]


async def refused(db: Database, sql: str) -> str:
    """What the database says to a statement that it refuses; nothing is changed."""
    before = await rows(db)

    async def change(tx: Tx) -> None:
        await tx.execute(sql)

    with pytest.raises(REFUSALS) as refusal:
        await db.transact(change)
    assert await rows(db) == before
    return str(refusal.value)


@pytest.mark.parametrize("table", COLUMNS)
async def test_entry_can_be_neither_changed_nor_removed(books: Database, table: str) -> None:
    column = COLUMNS[table]
    for sql in (
        f"UPDATE {table} SET {column} = {column}",
        f"UPDATE {table} SET {column} = '1' WHERE id = 1",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE id = 1",
    ):
        assert f"{table} is append-only" in await refused(books, sql), sql


async def test_partner_with_a_ledger_cannot_be_removed(books: Database) -> None:
    assert "append-only" in await refused(books, "DELETE FROM partners WHERE id = 1")


async def test_more_can_be_written(books: Database) -> None:
    before = len(await rows(books))
    await a_ledger(books, 1, [Moved("BILL", Decimal(1), NOW, ref="bil_9/1")])
    assert len(await rows(books)) == before + 2


async def moved(database_url: str, direction: str) -> None:
    """Take the newest migration back, or apply it again."""
    config = tortoise_config(database_url, writers=1)
    target = BEFORE if direction == "backward" else None
    async with TortoiseContext():
        await migrate(config=config, target=target, direction=direction)


def test_guard_can_be_taken_back_and_put_up_again(database_url: str) -> None:
    async def refuses() -> bool:
        async with open_database(database_url) as db:
            partner = await a_partner(db)
            await a_ledger(db, partner, [Moved("BILL", Decimal(5), NOW)])
            try:
                await db.transact(_touch)
            except REFUSALS:
                return True
            return False

    asyncio.run(moved(database_url, "backward"))
    assert not asyncio.run(refuses())
    asyncio.run(moved(database_url, "forward"))
    assert asyncio.run(refuses())


async def _touch(tx: Tx) -> None:
    await tx.execute("UPDATE ledger_entries SET event = event")
