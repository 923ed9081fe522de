"""A world of two partners for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.adapters.database import Database
from tests.tenancy.worlds import World, a_world, fill


@pytest.fixture
async def world(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Alpha and Bravo, who both have everything."""
    async with a_world(db, database_url, tmp_path) as opened:
        await fill(opened)
        yield opened
