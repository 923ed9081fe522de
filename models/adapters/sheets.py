"""Rows of an export written as a file: one `Sheet` for each format (R40).

    Sheet            begin, add, end, close
    ├── CsvSheet         CSV, FOCUS CSV
    ├── JsonLinesSheet
    ├── XlsxSheet        XlsxWriter
    └── ParquetSheet     pyarrow, which is optional

All of them take the same lines of CSV, cleaned, and write the same bytes for the same lines,
however these are dealt out to `add` (I20). All calls block: make them from a thread.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from models.adapters.files import NewFile
from models.adapters.sheets_text import CsvSheet, JsonLinesSheet
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.exports import Column, ExportFormat


class Sheet(Protocol):
    """A file in the making, used by one thread at a time; to be closed in any case."""

    def begin(self) -> None:
        """Write what stands before the first row."""

    def add(self, lines: list[str]) -> None:
        """Write rows: clean lines of CSV without their ends, cells as the columns say.

        An empty cell is an absent one. Raises Conflict (INVALID_AMOUNT) for what the format cannot
        hold, and what the file raises.
        """

    def end(self) -> None:
        """Write what follows the last row; the file is complete then, not yet committed."""

    def close(self) -> None:
        """Throw away what is only needed while writing; a second call does nothing."""


def require_format(file_format: ExportFormat) -> None:
    """Raise InvalidInput (FORMAT_UNAVAILABLE) for a format that is not installed here."""
    if file_format is ExportFormat.PARQUET and find_spec("pyarrow") is None:
        raise InvalidInput(
            "Parquet files are not written here: choose another format, or have the operator run"
            " pip install partner-bills[parquet].",
            ErrorCode.FORMAT_UNAVAILABLE,
            path=("format",),
        )


def open_sheet(
    file_format: ExportFormat, columns: Sequence[Column], file: NewFile, folder: Path
) -> Sheet:
    """Begin to write rows into `file`; temporary files stand in `folder` until `close`.

    Raises InvalidInput (FORMAT_UNAVAILABLE).
    """
    require_format(file_format)
    match file_format:
        case ExportFormat.CSV | ExportFormat.FOCUS_CSV:
            return CsvSheet(columns, file)
        case ExportFormat.JSON_LINES:
            return JsonLinesSheet(columns, file)
        case ExportFormat.XLSX:
            return _heavy("sheets_xlsx").XlsxSheet(columns, file, folder)  # type: ignore[no-any-return]
        case ExportFormat.PARQUET:
            return _heavy("sheets_parquet").ParquetSheet(columns, file)  # type: ignore[no-any-return]


def _heavy(module: str) -> Any:
    """A module whose library takes long to load, and that few processes ever need."""
    return import_module(f"models.adapters.{module}")
