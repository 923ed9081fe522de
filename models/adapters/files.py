"""The file store: a file is written beside its place and appears there whole, or never (rule 17).

    FileStore       create, read, remove, list, link, require_well
    ├── LocalFiles      a folder; API and workers must see the same one
    └── RemoteFiles     a bucket of the operator's own (object_files.py)

A key is a relative path of our own making. All calls block: make them from a thread.
"""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import FileIO
from pathlib import Path
from typing import Protocol

from models.rules.errors import ErrorCode, NotFound, Unavailable

CHUNK_BYTES = 262_144
# No part may begin with a dot, so that no key leads out of the store.
_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*)*", re.ASCII)
_BESIDE = ".part"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is in place now: its size in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is there: its key, and its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Label:
    """How a file is called, and what it is, when a browser gets it by a link."""

    file_name: str
    media_type: str


class NewFile(Protocol):
    """A file that is being written."""

    def write(self, data: bytes) -> None:
        """Append; raises Unavailable (STORAGE_FULL)."""

    def commit(self) -> StoredFile:
        """Put the whole file in its place, durably, and say what it is; raises as `write` does."""

    def close(self) -> None:
        """End the writing, and throw away what was not put in place."""


class FileStore(Protocol):
    """Where files are kept."""

    def create(self, key: str, label: Label | None = None) -> NewFile:
        """Begin a file, to be closed in any case; raises Unavailable (STORAGE_FULL).

        `label` is what a `link` to it will say.
        """

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, opened at once; raises NotFound."""

    def remove(self, key: str) -> None:
        """Make the file, and whatever was begun for it, go away; that there is none is fine."""

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """The files whose keys lie below a folder of keys, "" for all; in no order."""

    def begun(self, prefix: str) -> Iterator[str]:
        """The keys below a folder of keys for which a file is being written, or was left so."""

    def link(self, key: str, lifetime: timedelta) -> str | None:
        """A URL by which anyone has the file for that long; None where the store has no such."""

    def require_well(self) -> None:
        """Raise Unavailable where no file could be read now; writes nothing."""


class LocalFiles:
    """A file store in a folder, which is made when it is first written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, key: str, label: Label | None = None) -> NewFile:
        """Begin a file beside its place; it has no label but what a download route says."""
        place = self._folder / require_key(key)
        with fullness_told():
            place.parent.mkdir(parents=True, exist_ok=True)
            return _LocalNewFile(place)

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, a quarter of a mebibyte at a time."""
        try:
            file = FileIO(self._folder / require_key(key))
        except FileNotFoundError as gone:
            raise NotFound("The file is not there any more.") from gone
        return _chunks(file, start, stop)

    def remove(self, key: str) -> None:
        """Remove the file and its unfinished beginning."""
        place = self._folder / require_key(key)
        for path in (place, _beside(place)):
            path.unlink(missing_ok=True)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """The files below a folder of keys, without what is being written."""
        below = self._folder / require_key(prefix) if prefix else self._folder
        for path in below.rglob("*"):
            key = path.relative_to(self._folder).as_posix()
            if _KEY.fullmatch(key) and (size := _size(path)) is not None:
                yield Entry(key, size)

    def begun(self, prefix: str) -> Iterator[str]:
        """The keys of what stands beside its place."""
        for path in (self._folder / require_key(prefix)).rglob(f".*{_BESIDE}"):
            name = path.name.removeprefix(".").removesuffix(_BESIDE)
            yield path.with_name(name).relative_to(self._folder).as_posix()

    def link(self, key: str, lifetime: timedelta) -> str | None:
        """None: a folder is reached by our own download route alone."""

    def require_well(self) -> None:
        """Raise Unavailable unless the folder is there and can be read."""
        if not self._folder.is_dir() or not os.access(self._folder, os.R_OK | os.X_OK):
            raise Unavailable("The folder of the file store is not there, or cannot be read.")


def require_key(key: str) -> str:
    """The key, as it is; raises ValueError when it is none of ours and could lead elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError("this is no key of ours")
    return key


class _LocalNewFile:
    def __init__(self, place: Path) -> None:
        self._place = place
        self._file = FileIO(_beside(place), "w")
        self._size = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with fullness_told():
            while rest:  # a disk that is nearly full takes a part
                rest = rest[self._file.write(rest) :]
        self._size += len(data)
        self._hash.update(data)

    def commit(self) -> StoredFile:
        with fullness_told():
            os.fsync(self._file.fileno())
            self._file.close()
            _beside(self._place).replace(self._place)
            sync_folder(self._place.parent)
        return StoredFile(self._size, self._hash.hexdigest())

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            _beside(self._place).unlink(missing_ok=True)


def _size(path: Path) -> int | None:
    """None of what is no file, or is gone since it was listed."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.name}{_BESIDE}")


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chunks(file: FileIO, start: int, stop: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while start < stop and (chunk := file.read(min(CHUNK_BYTES, stop - start))):
            start += len(chunk)
            yield chunk


@contextmanager
def fullness_told() -> Iterator[None]:
    """Raise Unavailable (STORAGE_FULL) for an OSError that says that there is no room."""
    try:
        yield
    except OSError as failed:
        if failed.errno not in FULL:
            raise
        raise Unavailable(
            "The file store is full; nothing was kept of the file.", ErrorCode.STORAGE_FULL
        ) from failed
