"""A database whose keys have the partner, in partitions."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from models.adapters.database import Database, open_database

STATEMENTS = Path(__file__).parents[2] / "deploy" / "sharding"


async def run_file(connection: asyncpg.Connection, name: str) -> None:
    """Run one of the files that operators are given."""
    await connection.execute((STATEMENTS / name).read_text())


@pytest.fixture
async def split_db(database_url: str) -> AsyncIterator[Database]:
    """This test's database, each of a partner's tables in eight partitions."""
    if database_url.startswith("sqlite:"):
        pytest.skip("partitions are PostgreSQL's")
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        for name in ("keys.sql", "partitions.sql", "references.sql"):
            await run_file(connection, name)
    await connection.close()
    async with open_database(database_url, readers=2, writers=5) as database:
        yield database
