"""Folders that are opened step by step, never through a link; their troubles in words of ours."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from models.adapters.files import FULL
from models.rules.errors import BillingError, Conflict, ErrorCode, NotFound, Unavailable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def folder_below(root: Path, steps: Sequence[str], *, are_made: bool = False) -> Iterator[int]:
    """A folder, opened; the first step has to be there in any case."""
    with ExitStack() as opened:
        here = os.open(root, _FOLDER)
        opened.callback(os.close, here)
        for number, step in enumerate(steps):
            if are_made and number:
                _make(here, step)
            here = os.open(step, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
            opened.callback(os.close, here)
        yield here


@contextmanager
def told(folder: str) -> Iterator[None]:
    """Raise for an OSError what says what is wrong with that folder."""
    try:
        yield
    except OSError as failed:
        raise _refusal(folder, failed) from failed


def _refusal(folder: str, failed: OSError) -> BillingError:
    if failed.errno in FULL:
        text = f"The disk of folder {folder} is full; make room there."
        return Unavailable(text, ErrorCode.STORAGE_FULL)
    if failed.errno == errno.ENOENT:
        text = f"There is no folder {folder}, or what was in it is gone; create it."
        return NotFound(text, ErrorCode.BUCKET_NOT_FOUND, path=("bucket",))
    if failed.errno in {errno.ELOOP, errno.ENOTDIR}:
        text = f"What lies at or below {folder} is a link or no folder; files go to folders only."
        return Conflict(text, ErrorCode.BUCKET_REFUSED)
    if failed.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        text = f"Folder {folder} cannot be written or read ({failed.strerror}); have that changed."
        return Conflict(text, ErrorCode.BUCKET_REFUSED)
    text = f"Folder {folder} does not work ({failed.strerror}); it is tried again later."
    return Unavailable(text, ErrorCode.BUCKET_UNAVAILABLE)


def _make(folder: int, name: str) -> None:
    try:
        os.mkdir(name, 0o750, dir_fd=folder)
    except FileExistsError:
        return
    os.fsync(folder)
