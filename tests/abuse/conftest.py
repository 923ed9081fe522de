"""A server of its own for these tests: a real process, with what production switches off.

It is on SQLite whatever the run is on: nothing here depends on the database.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.abuse.target import DATABASE, Target, serving


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Target]:
    """The server."""
    folder = tmp_path_factory.mktemp("abuse")
    shutil.copy(sqlite_template, folder / DATABASE)
    with serving(folder) as target:
        yield target
        said = target.log.read_text()
        assert "Traceback" not in said and '"level": "error"' not in said, said


@pytest.fixture(scope="session")
def http(target: Target) -> Iterator[httpx2.Client]:
    """A client of it."""
    with target.open() as client:
        yield client
