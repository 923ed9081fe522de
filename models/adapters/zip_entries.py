"""Zip files that anyone may have made, read without being led to unpack more than was announced."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import RawIOBase
from typing import BinaryIO, cast

from models.adapters.picked_rows import broken

# The list of entries is read as a whole: 10,000 with names of ours need a tenth of that.
MOST_LIST_BYTES = 16_000_000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, UnicodeError),
)


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """An entry of a zip, as its list says; the size is that of its content."""

    name: str
    size: int


class ZipEntries(AbstractContextManager["ZipEntries"]):
    """An open zip; raises InvalidInput (INVALID_FILE) wherever it is not one."""

    def __init__(self, file: BinaryIO) -> None:
        with _damage_told():
            self._zip = zipfile.ZipFile(cast(BinaryIO, _Sparing(file)))
        self._infos = self._zip.infolist()

    @property
    def entries(self) -> list[ZipEntry]:
        """The entries in their order."""
        return [ZipEntry(info.filename, info.file_size) for info in self._infos]

    @property
    def is_in_order(self) -> bool:
        """Whether the entries lie in the file as they are listed."""
        offsets = [info.header_offset for info in self._infos]
        return offsets == sorted(set(offsets))

    def chunks(self, place: int, most: int) -> Iterator[bytes]:
        """The content of an entry by its place in the list; at most `most` bytes and one."""
        info = self._infos[place]
        if info.compress_type not in _METHODS or info.flag_bits & 1:
            raise broken("it is encrypted, or packed in a way that is none of ours")
        with _damage_told(), self._zip.open(info) as entry:
            left = most + 1
            while left and (chunk := entry.read(min(left, 1 << 18))):
                left -= len(chunk)
                yield chunk

    def __exit__(self, *_: object) -> None:
        self._zip.close()


class _Sparing(RawIOBase):
    """A file of which no one reads very much at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MOST_LIST_BYTES:
            raise zipfile.BadZipFile("a list of entries of that size")
        return self._file.read(size if size >= 0 else MOST_LIST_BYTES)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise broken("it is no zip, or a damaged one") from error
