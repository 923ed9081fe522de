"""A stream of bytes as a file that knows the size and hash of what was read of it."""

import hashlib
from collections.abc import Iterator
from io import RawIOBase


class HashedChunks(RawIOBase):
    """Chunks as a file that knows what was read of it."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self._hash = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """Hand on what was read; 0 at the end."""
        if not self._rest:
            chunk = next(self._chunks, b"")
            self._hash.update(chunk)
            self.size += len(chunk)
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def finish(self) -> None:
        """Read what no one has."""
        for chunk in self._chunks:
            self._hash.update(chunk)
            self.size += len(chunk)

    @property
    def sha256(self) -> str:
        """The hash of what was read so far, in hexadecimal."""
        return self._hash.hexdigest()
