"""The real application for API tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.client import Client, open_client


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """A client of the application on this test's database."""
    async with open_client(database_url, tmp_path / "data") as client:
        yield client
