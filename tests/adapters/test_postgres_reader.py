"""Reading connections to PostgreSQL: shared fairly, and thrown away when in doubt."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from models.adapters.postgres_reader import PostgresReader
from tests.conftest import BACKEND

pytestmark = pytest.mark.skipif(BACKEND != "postgres", reason="is about PostgreSQL")
SLEEP = "SELECT pg_sleep($1), pg_backend_pid()"
WHO = "SELECT pg_backend_pid()"


@pytest.fixture
async def reader(database_url: str) -> AsyncIterator[PostgresReader]:
    """A reader with two connections."""
    reader = PostgresReader(database_url, 2)
    yield reader
    await reader.close()


async def _who(reader: PostgresReader) -> int:
    return int((await reader.fetch(WHO, []))[0][0])


async def test_connections_are_as_many_as_are_needed(reader: PostgresReader) -> None:
    assert len({await _who(reader) for _ in range(5)}) == 1
    rows = await asyncio.gather(*(reader.fetch(SLEEP, [0.05]) for _ in range(8)))
    assert len({found[0][1] for found in rows}) == 2


async def test_readers_are_served_in_their_order(database_url: str) -> None:
    reader, done = PostgresReader(database_url, 1), list[int]()

    async def read(number: int) -> None:
        await reader.fetch(SLEEP, [0.01])
        done.append(number)

    await asyncio.gather(*(read(number) for number in range(12)))
    await reader.close()
    assert done == list(range(12))


async def test_refused_statement_leaves_the_connection_usable(reader: PostgresReader) -> None:
    before = await _who(reader)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await reader.fetch("SELECT 1 / 0", [])
    assert await _who(reader) == before


async def test_it_cannot_write(reader: PostgresReader) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await reader.fetch("DELETE FROM jobs", [])


async def test_cancelled_readers_leave_nothing_behind(reader: PostgresReader) -> None:
    for wave in range(6):
        reads = [asyncio.create_task(reader.fetch(SLEEP, [5])) for _ in range(4)]
        await asyncio.sleep(0.01 * wave)
        for task in reads:
            task.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
    assert [row[0] for row in await asyncio.wait_for(reader.fetch("SELECT 1", []), 5)] == [1]
    rows = await asyncio.wait_for(
        asyncio.gather(*(reader.fetch(SLEEP, [0.05]) for _ in range(6))), 5
    )
    assert len({found[0][1] for found in rows}) == 2


async def test_connections_that_were_cut_are_replaced(
    reader: PostgresReader, postgres: Any
) -> None:
    await asyncio.gather(*(reader.fetch(SLEEP, [0.05]) for _ in range(2)))
    postgres.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = '' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid();"
    )
    await asyncio.sleep(0.05)
    assert [row[0] for row in await reader.fetch("SELECT 1", [])] == [1]


async def test_connection_cut_in_the_middle_is_an_outage_for_its_reader_only(
    reader: PostgresReader, postgres: Any
) -> None:
    reading = asyncio.create_task(reader.fetch("SELECT pg_sleep(20), 'cut here'", []))
    waiting = [asyncio.create_task(reader.fetch(SLEEP, [0.01])) for _ in range(4)]
    await asyncio.gather(*waiting)
    postgres.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE query LIKE '%cut here%' AND pid <> pg_backend_pid();"
    )
    with pytest.raises(asyncpg.PostgresConnectionError):
        await reading
    assert [row[0] for row in await reader.fetch("SELECT 1", [])] == [1]


@pytest.mark.usefixtures("database_url")
async def test_database_that_is_not_there_fails_every_reader() -> None:
    reader = PostgresReader("postgresql://nobody@127.0.0.1:9/none", 2)
    outcomes = await asyncio.gather(
        *(reader.fetch("SELECT 1", []) for _ in range(5)), return_exceptions=True
    )
    assert [isinstance(outcome, OSError) for outcome in outcomes] == [True] * 5
