"""An embedded store from a backup: everything is checked before anything is changed."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from jobs.backup import embedded_database
from models.adapters.file_copies import copy_file, what_is
from models.adapters.files import StoredFile, sync_folder
from models.adapters.settings import Settings
from models.adapters.sqlite_copies import require_unused
from models.reads.migrations import KNOWN
from models.rules.backups import FILES, MANIFEST, BackedUp, Backup, read_backup
from models.rules.errors import Conflict, ErrorCode, InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Target:
    """Where a store is restored: its database file, and the folder of its files, if it has one."""

    database: Path
    folder: Path | None


async def restore(settings: Settings, place: Path, *, replaces: bool) -> Backup:
    """Make a store what it was when the backup in `place` was made.

    The files first, then the database, which appears whole: whoever is interrupted begins again.
    Raises NotFound and InvalidInput for what is no sound backup, or one of a later release, and
    Conflict where there is a store already, unless it `replaces` one that nobody uses.
    """
    database, folder = embedded_database(settings), settings.files_place
    target = Target(database, folder if isinstance(folder, Path) else None)
    return await asyncio.to_thread(_restore, target, place, replaces=replaces)


def _restore(target: Target, place: Path, *, replaces: bool) -> Backup:
    backup = _sound(place)
    if replaces and target.database.exists():
        require_unused(target.database)
    elif not replaces:
        _require_nothing(target)
    for file in backup.files if target.folder else ():
        name = file.name.removeprefix(f"{FILES}/")
        assert target.folder
        _require(file, copy_file(place / file.name, target.folder / name))
    for leftover in ("-wal", "-shm"):
        target.database.with_name(target.database.name + leftover).unlink(missing_ok=True)
    _require(backup.database, copy_file(place / backup.database.name, target.database))
    sync_folder(target.database.parent)
    return backup


def _sound(place: Path) -> Backup:
    """The backup that is there, every hash of it checked."""
    try:
        backup = read_backup((place / MANIFEST).read_text())
    except FileNotFoundError as missing:
        text = f"There is no {MANIFEST} in {place}: no backup, or one that was not finished."
        raise NotFound(text) from missing
    if backup.migration not in KNOWN:
        raise InvalidInput(
            f"The backup is of a later release ({backup.migration}); restore it with that one."
        )
    for file in backup.all_files:
        try:
            _require(file, what_is(place / file.name))
        except FileNotFoundError as missing:
            raise _damaged(file, "is missing") from missing
    return backup


def _require(file: BackedUp, found: StoredFile) -> None:
    if (found.size, found.sha256) != (file.size, file.sha256):
        raise _damaged(file, "is not what the manifest says")


def _damaged(file: BackedUp, what: str) -> InvalidInput:
    return InvalidInput(f"The backup is damaged: {file.name} {what}.", ErrorCode.INVALID_FILE)


def _require_nothing(target: Target) -> None:
    if target.database.exists():
        raise Conflict(f"There is a database already: {target.database}. --replace replaces it.")
    if target.folder and any(path.is_file() for path in target.folder.rglob("*")):
        raise Conflict(f"There are files already: {target.folder}. --replace adds to them.")
