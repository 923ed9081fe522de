"""What a backup of the embedded store is: a database, the files that it names, and a manifest.

bills.sqlite3     one moment of the database
files/…           every file that it names, under the names of the file store
manifest.json     what there must be, hashed; written last, so that whoever sees it sees all
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from models.rules.json_objects import JsonObject, invalid, parse_object

BACKUP_FORMAT = "partner-bills backup 1"
DATABASE, FILES, MANIFEST = "bills.sqlite3", "files", "manifest.json"
LONGEST_CHARACTERS = 2**30
MOST_FILES = 10_000_000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MIGRATION = re.compile(r"[0-9]{4}_[a-z0-9_]{1,80}")
_INSTANT = re.compile(r"[0-9T:.+-]{19,40}Z?")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A file of a backup: its name there, its size in bytes and its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup; `migration` is the newest that its database has seen.

    `gone` are files that the installation removed while the backup was made, as it does with
    exports whose time is over. `unsound` are those that were missing before, or were not what the
    database says of them: nothing is kept of the former.
    """

    made_at: str
    migration: str
    database: BackedUp
    files: tuple[BackedUp, ...]
    gone: tuple[str, ...] = ()
    unsound: tuple[str, ...] = ()

    @property
    def all_files(self) -> Iterator[BackedUp]:
        """Everything that must be there beside the manifest."""
        yield self.database
        yield from self.files

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return sum(file.size for file in self.all_files)


def backup_text(backup: Backup) -> str:
    """The manifest as JSON."""
    said = {
        "format": BACKUP_FORMAT,
        "madeAt": backup.made_at,
        "migration": backup.migration,
        "database": _said(backup.database),
        "files": [_said(file) for file in backup.files],
        "gone": list(backup.gone),
        "unsound": list(backup.unsound),
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def read_backup(text: str) -> Backup:
    """The backup that a manifest describes; raises InvalidInput (INVALID_FILE)."""
    said = parse_object(text, LONGEST_CHARACTERS)
    if said.take("format", str) != BACKUP_FORMAT:
        raise invalid(f"{BACKUP_FORMAT!r} was expected", "format")
    backup = Backup(
        said.text("madeAt", _INSTANT, "2026-11-30T02:00:00Z"),
        said.text("migration", _MIGRATION, "0006_operations"),
        _read(said.inner("database")),
        said.each("files", _read, MOST_FILES),
        tuple(map(str, said.items("gone", MOST_FILES))),
        tuple(map(str, said.items("unsound", MOST_FILES))),
    )
    said.end()
    return backup


def _said(file: BackedUp) -> dict[str, str | int]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _read(said: JsonObject) -> BackedUp:
    name = said.read("name", require_inside)
    file = BackedUp(name, said.count("size"), said.text("sha256", _SHA256, "64 hex digits"))
    said.end()
    return file


def require_inside(name: str) -> str:
    """The name, as it is; raises InvalidInput when it could lead out of the folder.

    A backslash is a letter here, and may stand in the names of others' files.
    """
    path = PurePosixPath(name)
    if not name or "\0" in name or path.is_absolute() or ".." in path.parts:
        raise invalid("a name within the backup was expected")
    return name
