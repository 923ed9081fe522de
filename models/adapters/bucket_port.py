"""What can be done with a partner's bucket, and what is put there."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from models.adapters.files import StoredFile
from models.rules.errors import Unavailable

PLAIN_BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be put: its size and hash, and its bytes from the start, read in a thread.

    `chunks` is called once for each attempt, e.g. `partial(files.read, key, 0, stored.size)`.
    """

    file: StoredFile
    chunks: Callable[[], Iterator[bytes]]
    media_type: str = PLAIN_BYTES

    @classmethod
    def of(cls, data: bytes, media_type: str = PLAIN_BYTES) -> "Content":
        """Content that is in memory."""
        file = StoredFile(len(data), sha256(data).hexdigest())
        return cls(file, lambda: iter((data,)), media_type)

    def checked(self) -> Iterator[bytes]:
        """The bytes; the last of them only when all come to what `file` says.

        Raises Unavailable: what is put is that very file, or nothing.
        """
        digest, size, held = sha256(), 0, b""
        for chunk in self.chunks():
            if held:
                yield held
            held = bytes(chunk)
            digest.update(held)
            size += len(held)
        if StoredFile(size, digest.hexdigest()) != self.file:
            raise Unavailable("The file is not what it was when it was written; it was not put.")
        if held:
            yield held


class Bucket(Protocol):
    """One opened bucket; keys are relative to the prefix of its address.

    Everything raises NotFound (BUCKET_NOT_FOUND), Conflict (BUCKET_REFUSED: its credentials or
    rights do not do), Unavailable (BUCKET_UNAVAILABLE, STORAGE_FULL) and InvalidInput
    (ADDRESS_NOT_ALLOWED).
    """

    async def probe(self) -> None:
        """Write, read and remove a small file, as deliveries will have to."""

    async def put_if_absent(self, key: str, content: Content) -> bool:
        """Put a file whole or not at all; False when that very content is there already.

        Raises Conflict (FILE_DIFFERS) when another one is there, which stays as it is, and
        Unavailable when `chunks` do not come to what `file` says.
        """

    async def has(self, key: str, content: Content) -> bool:
        """Whether that very content is there; no more of what is there is read than that."""

    def read(self, key: str) -> AsyncGenerator[bytes, None]:
        """The whole file, however large; raises NotFound (NOT_FOUND) as well."""

    async def remove(self, key: str) -> None:
        """Make a file go away; that there is none is fine."""
