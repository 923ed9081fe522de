"""What a verb meets when the database goes away: a refusal of its own, and no connection lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from models.adapters import postgres
from models.adapters.database import Database, Tx, open_database
from models.rules.errors import OutcomeUnknown, Unavailable
from tests.builders import a_partner
from tests.conftest import BACKEND
from tests.outages import Tunnel, tunnel_to

on_postgres = pytest.mark.skipif(BACKEND != "postgres", reason="is about PostgreSQL")
on_sqlite = pytest.mark.skipif(BACKEND != "sqlite", reason="is about SQLite")
WRITERS = 2
RENAME = "UPDATE partners SET name = $2 WHERE id = $1"


async def rename(tx: Tx, partner: int, name: str) -> None:
    await tx.execute(RENAME, partner, name)


async def name_of(db: Database, partner: int) -> str:
    [row] = await db.fetch("SELECT name FROM partners WHERE id = $1", partner)
    return str(row["name"])


@pytest.fixture
async def tunnel(database_url: str) -> AsyncIterator[Tunnel]:
    """A way to the database that can be blocked."""
    async with tunnel_to(database_url) as opened:
        yield opened


@pytest.fixture
async def far(tunnel: Tunnel) -> AsyncIterator[Database]:
    """The database, behind the tunnel, with connections that were in use."""
    async with open_database(tunnel.url, readers=1, writers=WRITERS) as db:
        yield db
        tunnel.resume()


@on_postgres
@pytest.mark.parametrize("is_done", [True, False])
async def test_commit_without_an_answer_has_an_unknown_outcome(
    far: Database, tunnel: Tunnel, is_done: bool
) -> None:
    partner = await a_partner(far, name="before")

    async def rename_and_lose(tx: Tx) -> None:
        await rename(tx, partner, "after")
        if is_done:
            tunnel.mute()
        else:
            tunnel.stall()
        asyncio.get_running_loop().call_later(0.5, tunnel.cut)

    with pytest.raises(OutcomeUnknown, match="same idempotency key"):
        await far.transact(rename_and_lose)
    tunnel.resume()
    assert await name_of(far, partner) == ("after" if is_done else "before")


@on_postgres
async def test_connection_that_is_cut_before_the_commit_changes_nothing(
    far: Database, tunnel: Tunnel
) -> None:
    partner = await a_partner(far, name="before")

    async def rename_after_the_cut(tx: Tx) -> None:
        tunnel.cut()
        await rename(tx, partner, "after")

    for _ in range(2 * WRITERS):
        with pytest.raises(Unavailable, match="nothing was changed") as refused:
            await far.transact(rename_after_the_cut)
        assert not isinstance(refused.value, OutcomeUnknown)
    await far.transact(rename, partner, "later")
    assert await name_of(far, partner) == "later"


@on_postgres
async def test_connection_that_is_cut_off_as_a_transaction_begins_is_given_back(
    far: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = TransactionWrapper.begin

    async def cut_off(wrapper: TransactionWrapper) -> None:
        connection: Any = wrapper._connection
        connection.terminate()
        await begin(wrapper)

    with monkeypatch.context() as cut:
        cut.setattr(TransactionWrapper, "begin", cut_off)
        for _ in range(2 * WRITERS):
            with pytest.raises(Unavailable):
                await far.transact(rename, 1, "after")
    await a_partner(far)


@on_postgres
async def test_server_that_hangs_holds_no_new_verb_up_and_keeps_no_connection(
    far: Database, tunnel: Tunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "BEGIN_SECONDS", 0.2)
    partner = await a_partner(far, name="before")
    tunnel.stall()
    async with asyncio.timeout(30):
        for _ in range(2 * WRITERS):
            with pytest.raises(Unavailable):
                await far.transact(rename, partner, "after")
    tunnel.resume()
    await far.transact(rename, partner, "later")
    assert await name_of(far, partner) == "later"


@on_postgres
async def test_server_that_hangs_leaves_no_reader_waiting(far: Database, tunnel: Tunnel) -> None:
    partner = await a_partner(far, name="before")
    slow = asyncio.create_task(far.fetch("SELECT 1 FROM pg_sleep(60)"))
    waiting = [asyncio.create_task(name_of(far, partner)) for _ in range(5)]
    await asyncio.sleep(0)
    tunnel.stall()
    async with asyncio.timeout(20):  # and not the 30 of a statement, one after the other
        refused = await asyncio.gather(slow, *waiting, return_exceptions=True)
    assert {type(each) for each in refused} == {Unavailable}
    tunnel.resume()
    assert await name_of(far, partner) == "before"


@on_postgres
async def test_statement_that_only_takes_long_is_waited_for(far: Database) -> None:
    [row] = await far.fetch("SELECT 'done' AS said FROM pg_sleep(2.5)")
    assert row["said"] == "done"


@pytest.fixture
async def crowded(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database on which nobody waits long for a turn."""
    monkeypatch.setattr(postgres, "POOL_SECONDS", 0.3)
    monkeypatch.setattr("models.adapters.connections.BUSY_MILLISECONDS", 300)
    async with open_database(database_url, readers=1, writers=WRITERS) as db:
        yield db


async def test_turn_that_does_not_come_is_waited_for_no_longer_than_told(
    crowded: Database,
) -> None:
    partner, may_end = await a_partner(crowded, name="before"), asyncio.Event()
    began: asyncio.Queue[None] = asyncio.Queue()

    async def linger(_tx: Tx) -> None:
        began.put_nowait(None)
        await may_end.wait()

    at_once = WRITERS if BACKEND == "postgres" else 1
    lingering = [asyncio.create_task(crowded.transact(linger)) for _ in range(at_once)]
    try:
        for _ in lingering:
            await began.get()
        with pytest.raises(Unavailable, match="The database is busy; nothing was changed"):
            await crowded.transact(rename, partner, "after")
    finally:
        may_end.set()
    await asyncio.gather(*lingering)
    await crowded.transact(rename, partner, "later")
    assert await name_of(crowded, partner) == "later"


async def test_verbs_of_a_process_take_turns_in_their_order(crowded: Database) -> None:
    done: list[int] = []

    async def note(tx: Tx, number: int) -> None:
        await tx.fetch("SELECT 1")
        done.append(number)

    await asyncio.gather(*(crowded.transact(note, number) for number in range(20)))
    assert sorted(done) == list(range(20))
    if BACKEND == "sqlite":
        assert done == list(range(20))


@on_sqlite
async def test_refused_commit_is_rolled_back(db: Database) -> None:
    partner = await a_partner(db, name="before")

    async def break_a_promise(tx: Tx) -> None:
        """What SQLite only looks at in the commit."""
        await rename(tx, partner, "after")
        await tx.execute("PRAGMA defer_foreign_keys = ON")
        await tx.execute("CREATE TABLE promise (kept INTEGER REFERENCES partners (id))")
        await tx.execute("INSERT INTO promise VALUES (999999)")

    with pytest.raises(sqlite3.IntegrityError):
        await db.transact(break_a_promise)
    assert await name_of(db, partner) == "before"
    await db.transact(rename, partner, "later")
    assert await name_of(db, partner) == "later"


@on_sqlite
async def test_full_disk_changes_nothing_and_is_over_when_there_is_room(db: Database) -> None:
    partner = await a_partner(db, name="before")

    async def set_room(tx: Tx, pages: int) -> None:
        await tx.fetch(f"PRAGMA max_page_count = {pages}")

    async def fill(tx: Tx) -> None:
        await rename(tx, partner, "after")
        await tx.execute("CREATE TABLE ballast (bytes BLOB)")
        await tx.execute("INSERT INTO ballast VALUES (zeroblob(5000000))")

    await db.transact(set_room, 1)  # no more than there are
    with pytest.raises(Unavailable, match="nothing was changed"):
        await db.transact(fill)
    assert await name_of(db, partner) == "before"
    await db.transact(set_room, 1_000_000)
    await db.transact(fill)
    assert await name_of(db, partner) == "after"


@on_sqlite
async def test_lock_of_another_process_is_waited_for_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.adapters.connections.BUSY_MILLISECONDS", 300)
    async with open_database(database_url) as db:
        partner = await a_partner(db, name="before")
        with closing(sqlite3.connect(database_url[9:], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(1.4):  # of five times 0.3
                with pytest.raises(Unavailable, match="nothing was changed"):
                    await db.transact(rename, partner, "after")
            other.execute("ROLLBACK")
        await db.transact(rename, partner, "later")
        assert await name_of(db, partner) == "later"
