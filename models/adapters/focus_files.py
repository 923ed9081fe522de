"""Reading FOCUS files row by row in bounded memory: CSV, gzip CSV, Parquet.

The format is told by the first bytes, never by the name. A row with too few or too many cells is
handed on (the mapping reports it as broken), and so are bytes that are not UTF-8, as surrogates;
what makes the file itself unreadable is refused.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, Self

from models.adapters.focus_csv import CsvFile
from models.adapters.focus_parquet import ParquetFile
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import RowProblem
from models.rules.focus_columns import require_focus_columns


class FocusFile(Protocol):
    """An open FOCUS file, to be iterated once; absent values are empty texts or `NULL`."""

    columns: tuple[str, ...]
    size_bytes: int

    def __iter__(self) -> Iterator[tuple[int, Sequence[str] | RowProblem]]:
        """Each row's cells, or why it has none, with the line it begins on; the header is line 1.

        Parquet has no lines: its first row is line 2, as it would be in CSV. Raises InvalidInput
        (INVALID_FILE) where the file turns out to be damaged.
        """

    def position(self) -> int:
        """Bytes of the file, as it is stored, read so far; for a progress bar."""

    def close(self) -> None:
        """Release the file; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_focus(path: Path) -> FocusFile:
    """Open a file of FOCUS 1.0 to 1.3 and check its header.

    Raises InvalidInput: INVALID_FILE when it is no readable table, MISSING_COLUMN when it is one
    but not FOCUS.
    """
    try:
        file = _open(path)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InvalidInput(f"{path.name}: {reason}.", ErrorCode.INVALID_FILE) from error
    try:
        require_focus_columns(file.columns)
    except InvalidInput as error:
        file.close()
        raise InvalidInput(f"{path.name}: {error.message}", error.code) from error
    return file


def _open(path: Path) -> FocusFile:
    with path.open("rb") as start:
        magic = start.read(4)
    if not magic:
        raise InvalidInput(f"{path.name}: the file is empty.", ErrorCode.INVALID_FILE)
    if magic == b"PAR1":
        return ParquetFile(path)
    return CsvFile(path, compressed=magic.startswith(b"\x1f\x8b"))
