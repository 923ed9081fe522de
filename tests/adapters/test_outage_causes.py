"""What is told as an outage of the database, what is not, and what is logged of it."""

import errno
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import OperationalError

from models.adapters.database import Database, Tx
from models.adapters.outages import is_cut_off, is_locked, is_outage
from models.rules.errors import Unavailable


def sqlite_failure(code: int) -> sqlite3.OperationalError:
    failure = sqlite3.OperationalError("of SQLite")
    failure.sqlite_errorcode = code
    return failure


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ConnectionRefusedError(), (True, True)),
        (FileNotFoundError("a socket"), (True, True)),
        (FileNotFoundError(errno.ENOENT, "No such file", "/no/such/font.ttf"), (False, False)),
        (PermissionError(errno.EACCES, "Denied", "/etc/shadow"), (False, False)),
        (TimeoutError(), (True, True)),
        (asyncpg.InterfaceError("connection is closed"), (True, True)),
        (asyncpg.InterfaceError("pool is closing"), (True, True)),
        (
            asyncpg.InterfaceError("connection has been released back to the pool"),
            (True, True),
        ),
        (asyncpg.InterfaceError("the server expects 1 argument, 2 were passed"), (False, False)),
        (asyncpg.CannotConnectNowError(), (True, True)),
        (asyncpg.AdminShutdownError(), (True, True)),
        (asyncpg.ConnectionDoesNotExistError(), (True, True)),
        (asyncpg.DiskFullError(), (True, False)),
        (OperationalError(asyncpg.TooManyConnectionsError()), (True, False)),
        (sqlite_failure(sqlite3.SQLITE_FULL), (True, False)),
        (sqlite_failure(sqlite3.SQLITE_READONLY_DBMOVED), (True, False)),
        (sqlite_failure(sqlite3.SQLITE_READONLY), (False, False)),
        (OperationalError(sqlite_failure(sqlite3.SQLITE_IOERR_FSYNC)), (True, False)),
        (sqlite_failure(sqlite3.SQLITE_ERROR), (False, False)),
        (asyncpg.exceptions._base.DataError("of the caller"), (False, False)),
        (asyncpg.UniqueViolationError(), (False, False)),
        (ValueError("a bug"), (False, False)),
    ],
)
def test_outages_are_told_from_bugs(failure: Any, expected: tuple[bool, bool]) -> None:
    assert (is_outage(failure), is_cut_off(failure)) == expected
    assert is_locked(failure) is False


def test_lock_is_no_outage() -> None:
    locked = OperationalError(sqlite_failure(sqlite3.SQLITE_BUSY_SNAPSHOT))
    assert (is_locked(locked), is_outage(locked)) == (True, False)


def font() -> bytes:
    return Path("/no/such/font.ttf").read_bytes()


async def test_file_that_a_verb_does_not_find_is_no_outage(db: Database) -> None:
    async def read_font(_tx: Tx) -> None:
        font()

    with capture_logs() as logs, pytest.raises(FileNotFoundError):
        await db.transact(read_font)
    assert logs == []


async def test_statement_with_too_many_values_is_no_outage(db: Database) -> None:
    with pytest.raises((asyncpg.InterfaceError, sqlite3.Error, OperationalError)):
        await db.transact(rename, 1, "after", "more")
    with pytest.raises((asyncpg.InterfaceError, sqlite3.Error)):
        await db.fetch("SELECT name FROM partners WHERE id = $1", 1, 2)


async def rename(tx: Tx, *values: int | str) -> None:
    await tx.execute("UPDATE partners SET name = $2 WHERE id = $1", *values)


async def test_cause_of_an_outage_is_logged_by_its_type(db: Database) -> None:
    async def lose_connection(_tx: Tx) -> None:
        raise OperationalError(ConnectionResetError("to 10.0.0.7, with a secret"))

    with capture_logs() as logs, pytest.raises(Unavailable, match="nothing was changed"):
        await db.transact(lose_connection)
    assert logs == [
        {
            "event": "database_unavailable",
            "log_level": "warning",
            "cause": "ConnectionResetError",
        }
    ]
