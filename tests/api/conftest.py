"""The real application for API tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database
from tests.api.client import Client, open_client


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """A client of the application on this test's database."""
    async with open_client(database_url, tmp_path / "data") as client:
        yield client


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that reads, in turn."""
    seen: list[str] = []

    def count(name: str) -> None:
        reads = getattr(Database, name)

        async def counted(self: Database, sql: str, *values: Any) -> Any:
            seen.append(sql)
            return await reads(self, sql, *values)

        monkeypatch.setattr(Database, name, counted)

    count("fetch")
    count("fetch_shared")
    return seen
