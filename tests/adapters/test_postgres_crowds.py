"""Many who wait for the same statement: one statement, and to each its own row."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from models.adapters.postgres_crowds import LARGEST, over_many
from models.adapters.postgres_reader import PostgresReader
from tests.conftest import BACKEND

pytestmark = pytest.mark.skipif(BACKEND != "postgres", reason="is about PostgreSQL")
DOUBLED = "SELECT 'row ' || ($1 * 2)::text, pg_backend_pid(), $2::text WHERE $1::bigint % 3 <> 0"
SLOW = "SELECT pg_sleep(0.3)"


@pytest.fixture
async def reader(database_url: str) -> AsyncIterator[PostgresReader]:
    """A reader with one connection, so that there are crowds."""
    reader = PostgresReader(database_url, 1)
    await reader.fetch("SELECT 1", [])
    yield reader
    await reader.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent, but for the one that keeps the connection busy."""
    seen: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def counted(self: Any, sql: str, *values: Any, **options: Any) -> Any:
        if sql != SLOW:
            seen.append(sql)
        return await fetch(self, sql, *values, **options)

    monkeypatch.setattr(asyncpg.Connection, "fetch", counted)
    return seen


async def _busy(reader: PostgresReader) -> "asyncio.Task[Any]":
    task = asyncio.create_task(reader.fetch(SLOW, []))
    await asyncio.sleep(0.05)
    return task


async def _together(reader: PostgresReader, *asked: tuple[str, list[Any]]) -> list[Any]:
    """Ask while the only connection is busy; rows as lists, errors as they are."""
    busy = await _busy(reader)
    reads = (reader.fetch_shared(sql, values) for sql, values in asked)
    answers = await asyncio.gather(*reads, return_exceptions=True)
    await busy
    return [
        answer if answer is None or isinstance(answer, BaseException) else list(answer)
        for answer in answers
    ]


async def test_everyone_gets_the_own_row_of_one_statement(
    reader: PostgresReader, sent: list[str]
) -> None:
    numbers = list(range(LARGEST))
    rows = await _together(reader, *((DOUBLED, [n, f"for {n}"]) for n in numbers))
    for number, row in zip(numbers, rows, strict=True):
        expected = None if number % 3 == 0 else [f"row {2 * number}", f"for {number}"]
        assert (row and [row[0], row[2]]) == expected
    assert sent == [over_many(DOUBLED, ["int4", "text"])]


async def test_statement_over_many_is_planned_once(reader: PostgresReader) -> None:
    many = over_many("SELECT relname::text FROM pg_class WHERE oid = $1", ["oid"])
    for _ in range(20):
        await reader.fetch(many, [[1247, 1249]])
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
    [[generic, custom]] = await reader.fetch(plans, [many])
    # PostgreSQL plans for given values five times, and then sees that it need not.
    assert (generic, custom) == (15, 5)


async def test_there_is_no_crowd_where_a_connection_is_free(
    reader: PostgresReader, sent: list[str]
) -> None:
    for number in (1, 2, 4):
        row = await reader.fetch_shared(DOUBLED, [number, ""])
        assert row and row[0] == f"row {2 * number}"
    assert sent == [DOUBLED] * 3


async def test_crowds_are_of_one_statement_and_not_too_large(
    reader: PostgresReader, sent: list[str]
) -> None:
    other = DOUBLED.replace("row", "other")
    many = [(DOUBLED, [n, ""]) for n in range(1, 2 * LARGEST)]
    rows = await _together(reader, *many, (other, [1, ""]), (other, [2, ""]))
    assert [row and row[0] for row in rows[-2:]] == ["other 2", "other 4"]
    assert [row and row[0] for row in rows[:4]] == ["row 2", "row 4", None, "row 8"]
    assert len(sent) == 3


async def test_value_that_is_refused_is_refused_to_whoever_brought_it(
    reader: PostgresReader,
) -> None:
    divided = "SELECT 10 / $1::int"
    rows = await _together(reader, *((divided, [n]) for n in (5, 0, 2, 1)))
    assert isinstance(rows.pop(1), asyncpg.DivisionByZeroError)
    assert rows == [[2], [5], [10]]


async def test_statement_over_a_list_or_nothing_is_not_shared(
    reader: PostgresReader, sent: list[str]
) -> None:
    among = "SELECT count(*) FROM unnest($1::text[]) x"
    rows = await _together(reader, (among, [["a"]]), (among, [["a", "b"]]), (SLOW + ", 1", []),
                           (SLOW + ", 1", []))  # fmt: skip
    assert rows[:2] == [[1], [2]]
    assert sorted(sent) == sorted([among, among, SLOW + ", 1", SLOW + ", 1"])


async def test_member_that_goes_away_takes_nobody_along(reader: PostgresReader) -> None:
    busy = await _busy(reader)
    tasks = [asyncio.create_task(reader.fetch_shared(DOUBLED, [n, ""])) for n in (1, 2, 4, 5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    rows = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(rows.pop(2), asyncio.CancelledError)
    assert [row[0] for row in rows] == ["row 2", "row 4", "row 10"]  # type: ignore[index]
    await busy


@pytest.mark.parametrize("delay", [0, 0.35])
async def test_first_of_a_crowd_that_goes_away_leaves_the_others_to_themselves(
    reader: PostgresReader, delay: float
) -> None:
    slowly = "SELECT 'row ' || $1::text, pg_sleep(0.2)"
    busy = await _busy(reader)
    tasks = [asyncio.create_task(reader.fetch_shared(slowly, [str(n)])) for n in range(4)]
    await asyncio.sleep(delay)  # it waits for the connection, or has it
    tasks[0].cancel()
    rows = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(rows.pop(0), asyncio.CancelledError)
    assert [row[0] for row in rows] == ["row 1", "row 2", "row 3"]  # type: ignore[index]
    await busy


async def test_connection_cut_under_a_crowd_fails_the_first_and_others_ask_again(
    reader: PostgresReader, postgres: Any
) -> None:
    slowly = "SELECT 'cut crowd ' || $1::text, pg_sleep(0.5)"
    busy = await _busy(reader)
    tasks = [asyncio.create_task(reader.fetch_shared(slowly, [str(n)])) for n in range(3)]
    await busy
    await asyncio.sleep(0.1)
    postgres.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE query LIKE '%cut crowd%' AND pid <> pg_backend_pid();"
    )
    rows = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(rows.pop(0), asyncpg.PostgresConnectionError)
    assert [row[0] for row in rows] == ["cut crowd 1", "cut crowd 2"]  # type: ignore[index]


async def test_storm_of_readers_gets_what_each_asked_for(database_url: str) -> None:
    reader = PostgresReader(database_url, 2)

    async def ask(number: int) -> None:
        row = await reader.fetch_shared(DOUBLED, [number, str(number)])
        assert (row is None) == (number % 3 == 0)
        assert row is None or (row[0], row[2]) == (f"row {2 * number}", str(number))

    await asyncio.gather(*(ask(number) for number in range(2_000)))
    await reader.close()
