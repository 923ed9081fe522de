"""What counts as an outage of the database: nothing is wrong with what was asked, ask again.

Refused and lost connections, a server that starts or ends or has no room, a full or failing disk.
Everything else that a driver raises is a bug, or a conflict that is handled where it arises; so is
what the system says of a file by its name.
"""

import re
import sqlite3
from collections.abc import Iterator

import asyncpg
import structlog
from tortoise.exceptions import DBConnectionError

from models.rules.errors import Unavailable

AWAY = "The database does not answer; try again shortly."
BUSY = "The database is busy; nothing was changed."
UNCHANGED = "The database does not answer; nothing was changed."

_OUTAGES = (
    DBConnectionError,
    asyncpg.InternalClientError,  # a connection that was cut in the middle of a statement
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,  # it starts, ends or recovers
    asyncpg.InsufficientResourcesError,  # disk, memory, connections
    asyncpg.PostgresIOError,
    asyncpg.IdleInTransactionSessionTimeoutError,  # this process stood still
)
# Of all that asyncpg says of how it is used, this alone is not a bug: it has no class of its own. A
# connection that is cut off leaves its pool at once.
_CLOSED = re.compile(r"\b((connection|pool) is clos(ed|ing)|released back to the pool)\b")
# Primary result codes; the extended ones have them in their lowest byte.
_SQLITE_OUTAGES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
}
_SQLITE_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY = 0xFF
# The server has said no: what it says of a commit holds.
_ANSWERED = (asyncpg.InsufficientResourcesError, asyncpg.PostgresIOError, sqlite3.Error)

log = structlog.get_logger()


class NoTurn(Exception):
    """Others are at work, and no connection for writing became free in time."""


def unavailable(message: str, failure: BaseException) -> Unavailable:
    """The refusal that a failure comes to, whose type is logged: it may be another than it seems.

    Its text is not: it may hold what was sent.
    """
    *_, cause = _causes(failure)
    log.warning("database_unavailable", cause=type(cause).__name__)
    return Unavailable(message)


def is_outage(failure: BaseException) -> bool:
    """Whether the database, not the caller or our code, is what failed."""
    return any(_is_outage(each) for each in _causes(failure))


def is_cut_off(failure: BaseException) -> bool:
    """Whether the database went away without an answer: what it did is not known."""
    return is_outage(failure) and not any(isinstance(e, _ANSWERED) for e in _causes(failure))


def is_locked(failure: BaseException) -> bool:
    """Whether another process has held SQLite's write lock for too long."""
    return any(_sqlite_code(each) == sqlite3.SQLITE_BUSY for each in _causes(failure))


def is_damage(failure: BaseException) -> bool:
    """Whether SQLite's file is not, or no longer, a database: asking again does not help."""
    return any(_sqlite_code(each) in _SQLITE_DAMAGE for each in _causes(failure))


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what it wraps: Tortoise keeps the driver's own in its arguments."""
    here: BaseException | None = failure
    while here is not None:
        yield here
        inner = here.args[0] if here.args else None
        here = inner if isinstance(inner, BaseException) else None


def _is_outage(failure: BaseException) -> bool:
    primary = _sqlite_code(failure)
    # By itself READONLY is a statement of ours that writes where it may not.
    if primary == sqlite3.SQLITE_READONLY:
        return getattr(failure, "sqlite_errorcode", primary) != primary
    if primary in _SQLITE_OUTAGES:
        return True
    if isinstance(failure, OSError):
        return failure.filename is None
    if isinstance(failure, asyncpg.InterfaceError):
        return bool(_CLOSED.search(str(failure)))
    # asyncpg's ValueErrors are about what was sent.
    return isinstance(failure, _OUTAGES) and not isinstance(failure, ValueError)


def _sqlite_code(failure: BaseException) -> int | None:
    """The primary result code, where SQLite has given one."""
    code = getattr(failure, "sqlite_errorcode", None)
    return code & _PRIMARY if isinstance(code, int) else None
