"""The stages of the stories: one process with a clock of its own, or real processes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models.adapters.database import Database
from tests.stories.processes import Installation
from tests.stories.scene import Scene, open_scene
from tests.valkeys import embedded_valkey


@pytest.fixture
async def scene(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """A scene on this test's database."""
    async with open_scene(db, database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """This test's database, a Valkey and a folder for processes to share."""
    with embedded_valkey(tmp_path) as redis_url:
        yield Installation(database_url, redis_url, tmp_path)
