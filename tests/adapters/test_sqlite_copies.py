"""Copies of a SQLite file: whatever it is called, and whatever has become of it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from models.adapters.sqlite_copies import copy_database, require_unused
from models.rules.errors import Unavailable
from tests.illnesses import break_pages, write_garbage


def a_database(path: Path) -> Path:
    """A file with a table of a thousand rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 100,)] * 1000)
    return path


def test_folder_may_be_called_what_means_something_in_a_uri(tmp_path: Path) -> None:
    source = a_database(tmp_path / "50% off #1?mode=rwc&é%20" / "bills.sqlite3")
    copy_database(source, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT count(*) FROM notes").fetchone() == (1000,)


@pytest.mark.parametrize("damage", [write_garbage, break_pages])
def test_what_is_no_database_any_more_is_said_to_be_damaged(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    source = a_database(tmp_path / "bills.sqlite3")
    damage(source)
    with pytest.raises(Unavailable, match="is damaged; restore"):
        copy_database(source, tmp_path / "copy")
    require_unused(source)


def test_copy_that_has_no_place_is_said_to_fail(tmp_path: Path) -> None:
    source = a_database(tmp_path / "bills.sqlite3")
    with pytest.raises(Unavailable, match="No copy could be made: unable to open"):
        copy_database(source, tmp_path / "nowhere" / "copy")
