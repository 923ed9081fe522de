"""Buckets that are folders below one of the operator's, BILLS_LOCAL_BUCKETS.

Folders are opened one after the other, never through a symbolic link, and files are named relative
to the opened one: what a neighbour renames meanwhile leads nowhere else. A file is written under a
name of its own, synced, and linked into its place, which fails if one is there.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from models.adapters.bucket_port import Content
from models.adapters.bucket_probes import probe
from models.adapters.bucket_streams import differs, in_threads, is_same
from models.adapters.files import CHUNK_BYTES, sync_folder
from models.adapters.local_folders import folder_below, told
from models.adapters.local_puts import put_if_absent, remove
from models.rules.bucket_urls import object_key
from models.rules.buckets import BucketAddress
from models.rules.errors import NotFound

# Not to wait for a pipe's other end, should there be one.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class LocalBucket:
    """One folder below the root."""

    def __init__(self, root: Path, address: BucketAddress) -> None:
        self._root = root
        self._address = address

    async def probe(self) -> None:
        """Write, read and remove a small file."""
        await probe(self, self._address.bucket)

    async def put_if_absent(self, key: str, content: Content) -> bool:
        """Put a file, unless one is there."""
        if await asyncio.to_thread(self._put, key, content):
            return True
        if not await self.has(key, content):
            raise differs(key)
        return False

    async def has(self, key: str, content: Content) -> bool:
        """Whether that very content is there."""
        try:
            return await is_same(self.read(key), content.file)
        except NotFound as missing:
            if missing.code is NotFound.code:
                return False
            raise

    async def read(self, key: str) -> AsyncGenerator[bytes, None]:
        """The whole file."""
        file = await asyncio.to_thread(self._opened, key)
        async for chunk in in_threads(_chunks(file)):
            yield chunk

    async def remove(self, key: str) -> None:
        """Make a file go away."""
        await asyncio.to_thread(self._remove, key)

    async def create(self) -> None:
        """Make the folder; one that is there is fine."""
        await asyncio.to_thread(self._create)

    def _create(self) -> None:
        with told(self._address.bucket):
            # Each partner's folders lie in one of its own, which comes with the first of them.
            (self._root / self._address.bucket).mkdir(parents=True, exist_ok=True)
            sync_folder(self._root.parent)
            sync_folder(self._root)

    def _put(self, key: str, content: Content) -> bool:
        with self._folder(key, is_made=True) as (folder, name):
            return put_if_absent(folder, name, content)

    def _opened(self, key: str) -> FileIO:
        with self._folder(key) as (folder, name):
            try:
                return FileIO(os.open(name, _FILE, dir_fd=folder))
            except FileNotFoundError:
                raise NotFound(f"There is no file {key} in the bucket.") from None

    def _remove(self, key: str) -> None:
        with self._folder(key) as (folder, name):
            remove(folder, name)

    @contextmanager
    def _folder(self, key: str, *, is_made: bool = False) -> Iterator[tuple[int, str]]:
        """The folder in which the key's file is, opened, and the file's name there."""
        bucket = self._address.bucket
        *folders, name = object_key(self._address, key).split("/")
        with told(bucket), folder_below(self._root, [bucket, *folders], are_made=is_made) as folder:
            yield folder, name


def _chunks(file: FileIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
