"""What can be wrong with an installation, and how to mend it."""

import asyncio
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from pkgutil import iter_modules
from typing import TypeAlias

from redis.asyncio import Redis
from redis.exceptions import RedisError

import models.migrations
from models.adapters.connections import sqlite_path
from models.adapters.database import Database, open_database
from models.adapters.file_places import open_files
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.settings import Settings
from models.reads.inbox import untaken_count
from models.rules.errors import BillingError

_PROBE = b"This file may be removed.\n"
_FILES_REMEDY = (
    "correct BILLS_FILES_URL, BILLS_FILES_ACCESS_KEY_ID and BILLS_FILES_SECRET_ACCESS_KEY, or make"
    " the bucket or folder ready to be written"
)
OLDEST_SQLITE = (3, 35, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do when it is not well."""

    name: str
    is_well: bool
    what: str
    remedy: str = ""


Check: TypeAlias = Callable[[Database], Awaitable[Finding]]


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at settings, folder, queue and database, one finding at a time."""
    yield _secret(settings)
    yield _folder(settings.data_dir)
    yield await asyncio.to_thread(_files, settings)
    yield await _queue(settings.redis_url)
    if settings.database.startswith("sqlite:"):
        yield _sqlite()
        if not _exists(settings.database):
            yield Finding("database", False, "there is no such file yet", "run `migrate`")
            return
    try:
        async with open_database(settings.database, readers=1, writers=1) as db:
            for check in (_migrations, _jobs, _inbox, _bills):
                yield await check(db)
    except (OSError, BillingError) as outage:
        remedy = "start the database, or correct BILLS_DATABASE_URL"
        yield Finding("database", False, f"does not answer ({type(outage).__name__})", remedy)


def _secret(settings: Settings) -> Finding:
    if settings.secret.get_secret_value() != DEVELOPMENT_SECRET:
        return Finding("secret", True, "your own")
    remedy = "set BILLS_SECRET and BILLS_PRODUCTION=true before others see it"
    return Finding("secret", True, "the development default", remedy)


def _folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        return Finding("files", False, f"{failure.strerror}", "correct BILLS_DATA_DIR")
    is_well = os.access(folder, os.W_OK)
    what = "can be written" if is_well else "cannot be written"
    return Finding("files", is_well, what, "" if is_well else "give this user the folder")


def _files(settings: Settings) -> Finding:
    """Keep a small file, and read it, in the store of our own files."""
    key = f"doctor/probe-{secrets.token_hex(8)}.txt"
    try:
        files = open_files(settings)
        with closing(files.create(key)) as file:
            file.write(_PROBE)
            file.commit()
        is_well = b"".join(files.read(key, 0, len(_PROBE))) == _PROBE
        files.remove(key)
    except OSError as failure:
        return Finding("file store", False, f"{failure.strerror}", _FILES_REMEDY)
    except BillingError as failure:
        return Finding("file store", False, failure.message, _FILES_REMEDY)
    if not is_well:
        return Finding("file store", False, "gives back something else", _FILES_REMEDY)
    return Finding("file store", True, "keeps what it is given")


def _exists(url: str) -> bool:
    return Path(sqlite_path(url)).exists()


async def _queue(url: str) -> Finding:
    if not url:
        return Finding("queue", True, "none is set; workers find jobs by themselves in seconds")
    client = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError) as outage:
        remedy = "start it, or correct BILLS_REDIS_URL; nothing is lost meanwhile"
        return Finding("queue", False, f"does not answer ({type(outage).__name__})", remedy)
    finally:
        await client.aclose()
    return Finding("queue", True, "answers")


def _sqlite() -> Finding:
    is_well = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    remedy = "" if is_well else "use a Python built with SQLite 3.35 or later"
    return Finding("sqlite", is_well, sqlite3.sqlite_version, remedy)


async def _migrations(db: Database) -> Finding:
    known = {name for _, name, _ in iter_modules(models.migrations.__path__)}
    applied = {row["name"] for row in await db.fetch("SELECT name FROM tortoise_migrations")}
    missing = sorted(known - applied)
    if missing:
        return Finding("migrations", False, f"missing: {', '.join(missing)}", "run `migrate`")
    return Finding("migrations", True, f"all {len(known)} applied")


async def _jobs(db: Database) -> Finding:
    parked = (await db.fetch("SELECT count(*) FROM jobs WHERE status = 'PARKED'"))[0][0]
    if parked:
        return Finding(
            "jobs", False, f"{parked} given up", "see `jobs`, mend the cause, retry them"
        )
    return Finding("jobs", True, "none given up")


async def _inbox(db: Database) -> Finding:
    untaken = await untaken_count(db)
    if untaken:
        return Finding("inbox", True, f"{untaken} files were not taken in", "see `jobs`")
    return Finding("inbox", True, "every file was taken in")


async def _bills(db: Database) -> Finding:
    rows = await db.fetch("SELECT count(*), count(CASE WHEN is_late THEN 1 END) FROM bills")
    return Finding("bills", True, f"{rows[0][0]} issued, {rows[0][1]} of them late")
