"""Which cells of a file are read back, and what is raised where that cannot be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from models.rules.errors import ErrorCode, InvalidInput

BATCH_ROWS = 5_000
Batch = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """All columns of a file, the places of those that are read, and how many rows it should have.

    A file that goes on far beyond them is not read to its end.
    """

    columns: tuple[str, ...]
    places: tuple[int, ...]
    rows: int

    def check_header(self, header: Sequence[str]) -> None:
        """Raise InvalidInput (INVALID_FILE) unless these are the columns."""
        if tuple(header) != self.columns:
            raise broken("its header is not what the manifest says")


def picker(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """What takes the cells at some places out of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[place] for place in places)  # one place would give no tuple


def broken(reason: str) -> InvalidInput:
    """A refusal of a file that cannot be read."""
    return InvalidInput(f"It cannot be read: {reason}.", ErrorCode.INVALID_FILE)
