"""Bytes on their way to a bucket, or back from one."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from hashlib import sha256

from models.adapters.files import StoredFile
from models.rules.errors import Conflict, ErrorCode


async def in_threads(chunks: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Bytes that take time to come, each piece fetched off the event loop."""
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


async def is_same(there: AsyncGenerator[bytes, None], file: StoredFile) -> bool:
    """Whether what is there is a certain file; read no further than that file is long."""
    digest, size = sha256(), 0
    async with aclosing(there):
        async for chunk in there:
            digest.update(chunk)
            size += len(chunk)
            if size > file.size:
                return False
    return StoredFile(size, digest.hexdigest()) == file


def differs(key: str) -> Conflict:
    """Another content stands under the key, and is left there."""
    return Conflict(
        f"The bucket has another file under the name {key}; it was not overwritten. Move it away,"
        " then try again.",
        ErrorCode.FILE_DIFFERS,
    )
