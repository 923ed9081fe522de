"""Unmistakable random strings that stand for what must not be seen, and finding them.

A mark is put in as a whole text ("qa1b2… Trading") and searched for by its core ("qa1b2…"), in any
case and in every spelling in which a log, a file or a URL might hold it.
"""

import base64
import gzip
import io
import json
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from urllib.parse import quote

from pyarrow import parquet
from pypdf import PdfReader


@dataclass(frozen=True)
class Mark:
    """What it is, how it is put in, and the part of it that stands nowhere else."""

    what: str
    text: str
    core: str

    @cached_property
    def spellings(self) -> frozenset[bytes]:
        """The core as it may stand somewhere; in lower case, byte for byte."""
        text = self.core
        ways = {text, json.dumps(text)[1:-1], quote(text, safe=""), escape(text)}
        if len(text) > 15:
            ways.add(base64.b64encode(text.encode()).decode().rstrip("="))
        codes = {way.encode() for way in ways} | {text.encode("utf-16-le")}
        return frozenset(code.lower() for code in codes)


def random_word() -> str:
    """Eleven letters and digits."""
    return "q" + secrets.token_hex(5)


def marked(what: str, pattern: str = "{}", core: str = "") -> Mark:
    """A mark whose core is a random word unless given, put into a pattern."""
    core = core or random_word()
    return Mark(what, pattern.format(core), core)


def found(data: bytes, marks: Iterable[Mark]) -> set[str]:
    """What of the marks a piece of data holds, also inside of zips, gzip, Parquet and PDF."""
    pieces = [piece.lower() for piece in unpacked(data)]
    return {
        mark.what
        for mark in marks
        if any(spelling in piece for spelling in mark.spellings for piece in pieces)
    }


def unpacked(data: bytes) -> Iterator[bytes]:
    """The data, and all that is packed in it."""
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(data))
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield "\n".join(archive.namelist()).encode()
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
    elif data.startswith(b"PAR1"):
        yield str(parquet.read_table(io.BytesIO(data)).to_pylist()).encode()
    elif data.startswith(b"%PDF"):
        reader = PdfReader(io.BytesIO(data))
        yield "".join(page.extract_text() for page in reader.pages).encode()
        yield from (blob for blobs in reader.attachments.values() for blob in blobs)
