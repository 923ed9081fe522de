"""A database for each test: SQLite or PostgreSQL by BILLS_TEST_DATABASE, from a template."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from models.adapters.database import Database, open_database
from models.adapters.migrate import migrate
from tests.postgres import place_in_memory, postgres_server

pytest_plugins = ["tests.peers.fixtures"]

# How long an example takes says more of the machine than of the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

BACKEND = os.environ.get("BILLS_TEST_DATABASE", "sqlite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what would come to the same on any database.

    Some of it opens a SQLite store of its own, after which the process would take PostgreSQL for
    one.
    """
    if BACKEND == "postgres":
        used = [item for item in items if "database_url" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in used])
        items[:] = used


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server from its wheel, with a migrated template database."""
    with postgres_server(tmp_path_factory.mktemp("runtime"), parent=place_in_memory()) as server:
        server.psql("CREATE DATABASE template_bills;")
        asyncio.run(migrate(server.get_uri("template_bills")))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated database of this test's own."""
    if BACKEND == "sqlite":
        path = tmp_path / "bills.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite://{path}"
    server = request.getfixturevalue("postgres")
    name = f"test_{abs(hash(request.node.nodeid)) % 10**12}_{os.getpid()}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE template_bills STRATEGY FILE_COPY;")
    request.addfinalizer(lambda: server.psql(f"DROP DATABASE {name} WITH (FORCE);"))
    return str(server.get_uri(name))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open database of this test's own."""
    async with open_database(database_url, readers=2, writers=5) as database:
        yield database
