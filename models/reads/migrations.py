"""Which migrations a database has seen, beside those of this release."""

import sqlite3
from pkgutil import iter_modules

import asyncpg

import models.migrations
from models.adapters.database import Database

# In the order in which they are applied.
KNOWN = tuple(sorted(name for _, name, _ in iter_modules(models.migrations.__path__)))


async def missing_migrations(db: Database) -> list[str]:
    """Those of this release that the database has not seen; raises Unavailable.

    A database may be ahead of a process: while a release goes out, old ones go on beside new ones.
    """
    applied = await applied_migrations(db)
    return [name for name in KNOWN if name not in applied]


async def applied_migrations(db: Database) -> set[str]:
    """All that the database has seen, those of a later release included; raises Unavailable."""
    try:
        rows = await db.fetch("SELECT name FROM tortoise_migrations")
    except asyncpg.UndefinedTableError:
        return set()
    except sqlite3.OperationalError as failure:
        if "no such table" not in str(failure):
            raise
        return set()
    return {row["name"] for row in rows}
