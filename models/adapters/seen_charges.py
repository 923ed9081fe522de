"""Which charges stand in a file twice, found with bounded memory: SQLite sorts them on disk."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import repeat

from models.rules.errors import ErrorCode, Unavailable

CACHE_KIB = 16_384
_INSERT = "INSERT INTO seen VALUES (?, ?)"


@dataclass(frozen=True, slots=True)
class SeenTwice:
    """A charge, how often it was seen, and in which parts: the lowest and the highest number."""

    charge: str
    times: int
    first_part: int
    last_part: int


class SeenCharges(AbstractContextManager["SeenCharges"]):
    """The charges of one file's parts; to be used in one thread, and gone when it is closed."""

    def __init__(self) -> None:
        # A database without a name is a temporary file, which is deleted when it is closed.
        self._database = sqlite3.connect("", isolation_level=None, cached_statements=0)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;"
            f"PRAGMA cache_size = -{CACHE_KIB};"
            "CREATE TABLE seen (charge TEXT NOT NULL, part INTEGER NOT NULL); BEGIN"
        )

    def add(self, part: int, charges: Iterable[str]) -> None:
        """Take in charges of a part, empty ones left out.

        Raises Unavailable (STORAGE_FULL).
        """
        try:
            self._database.executemany(_INSERT, zip(filter(None, charges), repeat(part)))
        except sqlite3.OperationalError as full:
            raise Unavailable(
                "There is no room for temporary files; TMPDIR may name another folder.",
                ErrorCode.STORAGE_FULL,
            ) from full

    def twice(self) -> Iterator[SeenTwice]:
        """Those that were added more than once, in order."""
        found = self._database.execute(
            "SELECT charge, count(*), min(part), max(part) FROM seen"
            " GROUP BY charge HAVING count(*) > 1"
        )
        for row in found:
            yield SeenTwice(*row)

    def __exit__(self, *_: object) -> None:
        self._database.close()
