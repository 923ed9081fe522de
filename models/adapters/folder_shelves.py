"""A folder whose files others put there; no link leads out of it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from models.adapters.shelves import Item
from models.rules.errors import ErrorCode, InvalidInput, NotFound
from models.rules.findings import printable

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Not to wait for a pipe's other end, should a file become one meanwhile.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class FolderShelf:
    """A folder on this machine, or only those files directly in it that are named."""

    def __init__(self, folder: Path, only: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self._only = only

    def items(self) -> Iterator[Item]:
        """Everything below the folder, in the order of names; links are passed over."""
        folders = [""]
        while folders:
            below = folders.pop()
            inner = []
            for entry in self._entries(below):
                if entry.is_dir(follow_symlinks=False):
                    inner.append(f"{below}{entry.name}/")
                elif item := _item(entry, below):
                    yield item
            folders += reversed(inner)

    def open(self, name: str, most: int) -> BinaryIO:
        """A file, of any size."""
        try:
            return os.fdopen(self._descend(name), "rb")
        except OSError as error:
            raise _refusal(name, error) from error

    def tag(self, name: str) -> str | None:
        """The present tag of a file."""
        try:
            file = self._descend(name)
        except OSError:
            return None
        try:
            return _tag(os.fstat(file))
        finally:
            os.close(file)

    def _entries(self, below: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._folder / below) as entries:
                seen = [entry for entry in entries if self._is_meant(entry.name)]
        except OSError as error:
            raise _refusal(below or str(self._folder), error) from error
        return sorted(seen, key=lambda entry: entry.name)

    def _is_meant(self, name: str) -> bool:
        return name in self._only if self._only else not name.startswith(".")

    def _descend(self, name: str) -> int:
        """The file, reached step by step, so that no folder can be changed for a link meanwhile."""
        *folders, last = name.split("/")
        at = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        for step, flags in (*((folder, _DIRECTORY) for folder in folders), (last, _FILE)):
            try:
                deeper = os.open(step, flags, dir_fd=at)
            finally:
                os.close(at)
            at = deeper
        if stat.S_ISREG(os.fstat(at).st_mode):
            return at
        os.close(at)
        raise FileNotFoundError(name)


def _tag(status: os.stat_result) -> str:
    """What tells one content of a local file from the next; nobody can set st_ctime_ns back."""
    times = f"{status.st_mtime_ns}-{status.st_ctime_ns}"
    return f"{status.st_size}-{times}-{status.st_ino}"


def _item(entry: os.DirEntry[str], below: str) -> Item | None:
    name = below + entry.name
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # gone since it was listed
    is_file = stat.S_ISREG(status.st_mode)
    return Item(name, status.st_size, _tag(status), is_file, status.st_mtime_ns // 10**9)


def _refusal(name: str, error: OSError) -> NotFound | InvalidInput:
    if isinstance(error, FileNotFoundError):
        return NotFound(f"{printable(name)}: it is not there.")
    reason = error.strerror or "it cannot be read"
    return InvalidInput(f"{printable(name)}: {reason}.", ErrorCode.INVALID_FILE)
