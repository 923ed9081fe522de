"""A file put into an opened folder: whole or not at all, and never over another."""

import fcntl
import os
import secrets
from io import FileIO

from models.adapters.bucket_port import Content

_CLOSED = os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOSED


def put_if_absent(folder: int, name: str, content: Content) -> bool:
    """Whether it was put; not when there is something of that name."""
    if _is_there(folder, name):
        return False
    _sweep(folder, name)
    beside, file = _begun(folder, name)
    try:
        with file:
            _write(file, content)
            os.link(beside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    finally:
        remove(folder, beside)
    os.fsync(folder)
    return True


def remove(folder: int, name: str) -> None:
    """Make a file go away; that there is none is fine."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _begun(folder: int, name: str) -> tuple[str, FileIO]:
    """A new file of a name of its own, locked, which says to `_sweep` that its writer lives."""
    while True:
        beside = f".{name}.{secrets.token_hex(8)}.part"
        file = FileIO(os.open(beside, _NEW, 0o640, dir_fd=folder), "w")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return beside, file
        file.close()  # it was swept away before it was locked


def _write(file: FileIO, content: Content) -> None:
    for chunk in content.checked():
        rest = memoryview(chunk)
        while rest:  # a disk that is nearly full takes a part
            rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def _sweep(folder: int, name: str) -> None:
    """Remove what writers of this file that were killed have left."""
    for left in os.listdir(folder):
        if left.startswith(f".{name}.") and left.endswith(".part"):
            _remove_if_dead(folder, left)


def _remove_if_dead(folder: int, name: str) -> None:
    try:
        with FileIO(os.open(name, os.O_RDONLY | _CLOSED, dir_fd=folder)) as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder, name)
    except (FileNotFoundError, BlockingIOError):
        return  # it was put in place, or is being written
