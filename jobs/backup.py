"""A backup of the embedded store, taken while it is written; and how another store is backed up.

The database first, then the files that it names: a row names a file only once that is in its place,
so that all of them are there, unless the installation has removed some since.
"""

import asyncio
from datetime import datetime
from pathlib import Path

from models.adapters.connections import require_database, sqlite_path
from models.adapters.file_copies import copy_file, what_is, write_file
from models.adapters.settings import Settings
from models.adapters.sqlite_copies import copy_database, reading
from models.reads.backups import NamedFile, named_files
from models.reads.migrations import applied_migrations
from models.rules.backups import (
    DATABASE,
    FILES,
    MANIFEST,
    BackedUp,
    Backup,
    backup_text,
    read_backup,
)
from models.rules.errors import Conflict, InvalidInput
from models.rules.months import INSTANT_TEXT

ON_POSTGRES = (
    "This is for the embedded SQLite; the database here is PostgreSQL. There, first `pg_dump"
    " --format=custom`, or base backups with an archive of its WAL for any point in time; after"
    " that, a copy of the bucket or folder of the files. In this order: a row names a file only"
    " once that is in its place. Restore in the other one: the files, then the database with"
    " `pg_restore`."
)


async def back_up(settings: Settings, place: Path, *, now: datetime) -> Backup:
    """Back the store up into a new or empty folder.

    Raises InvalidInput on PostgreSQL and where the database names a file that is not below the
    folder of files, Conflict where there is something already, Unavailable.
    """
    source = embedded_database(settings)
    require_database(settings.database)
    await asyncio.to_thread(_make_empty, place)
    copy = place / DATABASE
    await asyncio.to_thread(copy_database, source, copy)
    async with reading(copy) as db:
        named, migration = await named_files(db), max(await applied_migrations(db))
    folder = settings.files_place
    taken, lost = await _take(named, folder, place) if isinstance(folder, Path) else ([], [])
    async with reading(source) as db:
        still = await named_files(db) if lost else {}
    database = await asyncio.to_thread(what_is, copy)
    backup = Backup(
        now.strftime(INSTANT_TEXT),
        migration,
        BackedUp(DATABASE, database.size, database.sha256),
        tuple(taken),
        gone=tuple(name for name in lost if name not in still),
        unsound=tuple(name for name in lost if name in still),
    )
    text = backup_text(backup)
    read_backup(text)  # as `restore` will, for which it is made
    await asyncio.to_thread(write_file, place / MANIFEST, text.encode())
    return backup


def embedded_database(settings: Settings) -> Path:
    """The file of the embedded database; raises InvalidInput where it is another one."""
    if not settings.database.startswith("sqlite:"):
        raise InvalidInput(ON_POSTGRES)
    return Path(sqlite_path(settings.database))


def _make_empty(place: Path) -> None:
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(place.iterdir()):
        raise Conflict(f"{place} is not empty; name a new folder.")


async def _take(
    named: dict[str, NamedFile], folder: Path, place: Path
) -> tuple[list[BackedUp], list[str]]:
    """The files that were copied, and the names of those that are not what they should be."""
    taken, lost = [], []
    for file in named.values():
        name = f"{FILES}/{file.name}"
        try:
            stored = await asyncio.to_thread(copy_file, folder / file.name, place / name)
        except FileNotFoundError:
            lost.append(file.name)
            continue
        taken.append(BackedUp(name, stored.size, stored.sha256))
        if file.sha256 not in {None, stored.sha256}:
            lost.append(file.name)
    return taken, lost
