"""What can be wrong with an installation, and how to mend it.

doctor_machine    settings, folders, disk, time zones, files, queue
doctor_books      the database: schema, clock, and work that is not done
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from jobs.doctor_books import (
    Clock,
    bills_finding,
    clock_finding,
    deliveries_finding,
    inbox_finding,
    jobs_findings,
    migrations_finding,
    payments_finding,
    sealed_finding,
    worker_finding,
    zones_finding,
)
from jobs.doctor_findings import Finding, ill
from jobs.doctor_machine import (
    disk_finding,
    files_finding,
    folder_finding,
    queue_finding,
    secret_finding,
    settings_finding,
    sqlite_finding,
    zone_data_finding,
)
from models.adapters.connections import sqlite_path
from models.adapters.database import Database, open_database
from models.adapters.outages import is_damage
from models.adapters.settings import Settings
from models.adapters.vault import Vault
from models.reads.metrics import read_standing
from models.rules.errors import BillingError


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def examine(settings: Settings, now: Clock = _utc_now) -> AsyncIterator[Finding]:
    """Look at every part, one finding at a time; what cannot be looked at ends it."""
    yield settings_finding(settings)
    yield secret_finding(settings)
    yield folder_finding(settings.data_dir)
    yield disk_finding(settings)
    yield zone_data_finding()
    yield await asyncio.to_thread(files_finding, settings)
    yield await queue_finding(settings.redis_url)
    if settings.database.startswith("sqlite:"):
        yield sqlite_finding()
        if not _exists(settings.database):
            yield ill("database", "there is no such file yet", "run `migrate`")
            return
    try:
        async with open_database(settings.database, readers=1, writers=1) as db:
            async for finding in _examine_database(db, settings, now):
                yield finding
    except (OSError, BillingError, asyncpg.PostgresError, sqlite3.DatabaseError) as failure:
        yield _database_finding(failure)


def _database_finding(failure: Exception) -> Finding:
    if is_damage(failure):
        remedy = "stop everything, then `restore --replace` the newest backup"
        return ill("database", f"is damaged, or no database at all ({failure})", remedy)
    remedy = "start the database, or correct BILLS_DATABASE_URL"
    return ill("database", f"does not answer ({type(failure).__name__})", remedy)


def _exists(url: str) -> bool:
    return Path(sqlite_path(url)).exists()


async def _examine_database(db: Database, settings: Settings, now: Clock) -> AsyncIterator[Finding]:
    migrations = await migrations_finding(db)
    yield migrations
    if not migrations.is_well:
        return
    yield await clock_finding(db, now)
    yield await zones_finding(db)
    yield await sealed_finding(db, Vault(*settings.vault_secrets))
    yield await worker_finding(db, now)
    standing = await read_standing(db, now=now())
    for finding in jobs_findings(standing):
        yield finding
    yield bills_finding(standing)
    yield payments_finding(standing)
    yield deliveries_finding(standing)
    yield await inbox_finding(db)
