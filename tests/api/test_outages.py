"""A database that does not answer is told by a code and a status of its own, whoever asked what."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from jobs.demo.queries import QUERIES
from models.adapters import postgres
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client, open_client
from tests.builders import a_partner
from tests.conftest import BACKEND
from tests.outages import tunnel_to

READ = "{ viewer { partner { name deposits { balance { amount } } } } }"


@asynccontextmanager
async def client_in_an_outage(database_url: str, folder: Path) -> AsyncIterator[Client]:
    """PostgreSQL hangs; another process keeps SQLite's write lock."""
    if BACKEND == "postgres":
        async with tunnel_to(database_url) as tunnel, open_client(tunnel.url, folder) as client:
            tunnel.stall()
            yield client
            tunnel.resume()
    else:
        async with open_client(database_url, folder) as client:
            with closing(sqlite3.connect(database_url[9:], isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield client


@pytest.fixture
async def client(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    """Somebody who works while the database is away."""
    monkeypatch.setattr("models.adapters.connections.BUSY_MILLISECONDS", 100)
    monkeypatch.setattr(postgres, "BEGIN_SECONDS", 0.1)
    monkeypatch.setattr("models.adapters.postgres_connections.CONNECT_SECONDS", 0.1)
    partner = await a_partner(db)
    async with client_in_an_outage(database_url, tmp_path) as opened:
        opened.sign_in(Role.PARTNER_FINANCE, partner)
        yield opened


async def test_mutation_is_answered_503_with_its_code(client: Client) -> None:
    answer = await client.post(QUERIES["pay"], {"key": "k", "bills": ["bil_1"]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert error["message"].endswith("nothing was changed.")
    assert answer.json()["data"] == {"payBills": None}


@pytest.mark.skipif(BACKEND != "postgres", reason="SQLite is read while others write")
async def test_query_is_answered_503_with_its_code(client: Client) -> None:
    answer = await client.post(READ)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}
