"""Copies of a SQLite database, taken while others write it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from models.adapters.connections import read_only_uri
from models.adapters.database import Database
from models.adapters.dialects import DIALECTS
from models.adapters.outages import is_damage, is_locked, is_outage
from models.adapters.sqlite_reader import SqliteReader
from models.rules.errors import Conflict, Unavailable

# Of no meaning to another installation: what is in the making is begun anew, workers come and go.
_MOMENTARY = ("artefact_parts", "worker_signs")
DAMAGED = "The database is damaged; restore the newest backup before this one."


def copy_database(source: Path, target: Path) -> None:
    """Copy one moment of a database into a new file that needs no other one beside it.

    It is copied in one step, under one snapshot: whoever writes goes on meanwhile, and none of it
    is in the copy. Raises Unavailable when the database or the copy is damaged, or has no room.
    """
    try:
        found = _copy(source, target)
    except sqlite3.DatabaseError as failure:
        if is_damage(failure):
            raise Unavailable(DAMAGED) from failure
        if is_outage(failure) or is_locked(failure):
            raise Unavailable(f"No copy could be made: {failure}.") from failure
        raise
    if found != "ok":
        raise Unavailable(DAMAGED)


def _copy(source: Path, target: Path) -> str:
    """Copy it, and look at every page; `ok` if nothing is wrong with them."""
    with (
        closing(sqlite3.connect(read_only_uri(source), uri=True)) as original,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        original.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")
        for table in _MOMENTARY:
            if copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                copy.execute(f"DELETE FROM {table}")
        return str(copy.execute("PRAGMA quick_check(1)").fetchone()[0])


def require_unused(database: Path) -> None:
    """Bring a database to rest in its one file; raises Conflict while anyone has it open.

    A damaged one is left as it is: nobody can work with it.
    """
    with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as busy:
            if is_damage(busy):
                return
            raise Conflict(
                "The database is in use: stop the API and the workers before they lose it."
            ) from busy


@asynccontextmanager
async def reading(database: Path) -> AsyncIterator[Database]:
    """A database to read from and nothing else, beside whatever else is open."""
    reader = SqliteReader(f"sqlite://{database}", 1)
    try:
        yield Database(DIALECTS["sqlite"], reader)
    finally:
        await reader.close()
