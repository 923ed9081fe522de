"""Long reads: in batches, from one state of the database, beside everything else."""

import asyncio
from contextlib import aclosing

import pytest

from models.adapters.database import Database, Tx
from tests.builders import a_partner

NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
    " SELECT i FROM n ORDER BY i"
)


async def test_stream_gives_every_row_once_in_batches(db: Database) -> None:
    batches = [[row[0] for row in rows] async for rows in db.stream(NUMBERS, 7, batch=3)]
    assert batches == [[1, 2, 3], [4, 5, 6], [7]]


async def test_stream_of_nothing_is_empty(db: Database) -> None:
    assert [rows async for rows in db.stream("SELECT id FROM partners")] == []


async def test_stream_sees_one_state_and_holds_up_no_writer(db: Database) -> None:
    for _ in range(4):
        await a_partner(db)
    seen = []
    async with aclosing(db.stream("SELECT id FROM partners ORDER BY id", batch=1)) as batches:
        async for rows in batches:
            seen.append(rows[0][0])
            await asyncio.wait_for(a_partner(db), 5)
    assert seen == [1, 2, 3, 4]
    assert (await db.fetch("SELECT count(*) FROM partners"))[0][0] == 8


async def test_streams_leave_the_connections_for_short_reads_alone(db: Database) -> None:
    streams = [db.stream(NUMBERS, 10, batch=1) for _ in range(4)]
    for stream in streams:
        await anext(stream)
    assert (await asyncio.wait_for(db.fetch("SELECT 1"), 5))[0][0] == 1
    for stream in streams:
        await stream.aclose()


async def test_stream_cannot_write(db: Database) -> None:
    sql = "INSERT INTO idempotency_keys DEFAULT VALUES RETURNING id"
    with pytest.raises(Exception, match=r"read-?only|readonly"):
        [rows async for rows in db.stream(sql)]


async def test_abandoned_stream_ends_and_the_database_goes_on(db: Database) -> None:
    async def read() -> None:
        async with aclosing(db.stream(NUMBERS, 1_000_000, batch=10)) as batches:
            async for _ in batches:
                await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(), 0.05)

    async def count(tx: Tx) -> int:
        row = await tx.fetch_one("SELECT count(*) FROM partners")
        return int(row[0]) if row else -1

    assert await db.transact(count) == 0
