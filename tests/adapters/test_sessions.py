"""A connection of one's own: what it loads belongs to it alone, and holds nobody up."""

import asyncio
import sqlite3

import pytest

from models.adapters import connections
from models.adapters.database import Database, Tx, open_database
from models.adapters.sessions import open_session
from models.rules.errors import Unavailable
from tests.builders import a_partner
from tests.conftest import BACKEND

MAKE = "CREATE TEMPORARY TABLE pile (number INTEGER PRIMARY KEY, word TEXT, mark BYTEA)"


async def _pile(tx: Tx) -> list[tuple[object, ...]]:
    rows = await tx.fetch("SELECT number, word, mark FROM pile ORDER BY number")
    return [tuple(row) for row in rows]


async def test_session_loads_rows_and_moves_them_in_one_transaction(db: Database) -> None:
    rows = [(n, None if n % 2 else f"word, \\{n}\t\n'", bytes([n % 256])) for n in range(1234)]
    async with open_session(db) as session:
        await session.run(MAKE)
        await session.load("pile", ("number", "word", "mark"), rows[:1000])
        await session.load("pile", ("number", "word", "mark"), rows[1000:])
        assert await session.transact(_pile) == rows


async def test_sessions_do_not_see_each_others_tables(db: Database) -> None:
    async with open_session(db) as one, open_session(db) as other:
        await asyncio.gather(one.run(MAKE), other.run(MAKE))
        await one.load("pile", ("number",), [(1,)])
        assert await other.transact(_pile) == []


async def test_session_that_loads_lets_others_write(db: Database) -> None:
    async with open_session(db) as session:
        await session.run(MAKE)
        for number in range(5):
            await session.load("pile", ("number",), [(number,)])
            await asyncio.wait_for(a_partner(db), 2)


async def test_execute_counts_the_rows_it_changed(db: Database) -> None:
    async def write(tx: Tx) -> list[int]:
        insert = "INSERT INTO own_accounts (partner_id, account) VALUES ($1, $2), ($1, $3)"
        partner = (await tx.fetch("SELECT id FROM partners"))[0]["id"]
        return [
            await tx.execute(insert, partner, "a", "b"),
            await tx.execute("UPDATE own_accounts SET account = 'c' WHERE account = 'b'"),
            await tx.execute(f"{insert} ON CONFLICT DO NOTHING", partner, "a", "d"),
        ]

    await a_partner(db)
    assert await db.transact(write) == [2, 1, 1]


@pytest.mark.skipif(BACKEND != "postgres", reason="about a server's connection")
async def test_session_whose_connection_is_lost_says_so(db: Database) -> None:
    async def own_pid(tx: Tx) -> int:
        return int((await tx.fetch("SELECT pg_backend_pid()"))[0][0])

    async with open_session(db) as session:
        await session.run(MAKE)
        pid = await session.transact(own_pid)
        await db.transact(lambda tx: tx.fetch("SELECT pg_terminate_backend($1)", pid))
        with pytest.raises(Unavailable):
            for number in range(20):
                await session.load("pile", ("number",), [(number,)])
                await asyncio.sleep(0.05)


@pytest.mark.skipif(BACKEND != "sqlite", reason="about SQLite's one writer")
async def test_begin_that_times_out_leaves_the_connection_usable(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_MILLISECONDS", 20)
    writer = sqlite3.connect(connections.sqlite_path(database_url), isolation_level=None)
    async with open_database(database_url) as db:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="busy"):
            await db.transact(_nothing)
        writer.execute("ROLLBACK")
        await asyncio.wait_for(db.transact(_nothing), 5)
    writer.close()


async def _nothing(tx: Tx) -> None:
    await tx.fetch("SELECT 1")
