"""Copies of files: whole and on the disk, or not there."""

import hashlib
import os
from pathlib import Path

from models.adapters.files import CHUNK_BYTES, StoredFile, fullness_told, sync_folder


def copy_file(source: Path, target: Path) -> StoredFile:
    """Copy a file to its place and say what it is.

    Raises FileNotFoundError when there is no source, Unavailable (STORAGE_FULL).
    """
    beside = target.with_name(f".{target.name}.part")
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read, fullness_told():
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as written:
            while chunk := read.read(CHUNK_BYTES):
                digest.update(chunk)
                size += written.write(chunk)
            written.flush()
            os.fsync(written.fileno())
    beside.replace(target)
    sync_folder(target.parent)
    return StoredFile(size, digest.hexdigest())


def write_file(target: Path, content: bytes) -> None:
    """Write a small file to its place; raises Unavailable (STORAGE_FULL)."""
    beside = target.with_name(f".{target.name}.part")
    with fullness_told(), beside.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    beside.replace(target)
    sync_folder(target.parent)


def what_is(file: Path) -> StoredFile:
    """The size and hash of a file; raises FileNotFoundError."""
    with file.open("rb") as read:
        digest = hashlib.file_digest(read, "sha256")
        return StoredFile(read.tell(), digest.hexdigest())
