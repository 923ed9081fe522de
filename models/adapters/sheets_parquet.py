"""Parquet, by the optional pyarrow: amounts as decimals, instants as timestamps, all else as text.

Lines are parsed and turned into columns by Arrow itself, many at a time: several times as fast as
cell by cell.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from models.adapters.files import NewFile
from models.rules.errors import Conflict, ErrorCode
from models.rules.exports import Column, ColumnKind
from models.rules.money import MAX_FRACTION_DIGITS, MAX_INTEGER_DIGITS

ROWS_PER_GROUP = 50_000
ROWS_AT_ONCE = 5_000
AMOUNT = pa.decimal128(MAX_INTEGER_DIGITS + MAX_FRACTION_DIGITS, MAX_FRACTION_DIGITS)
# Arrow itself makes other numbers of most that are too long: never let it try.
_TOO_LONG = f"^-?[0-9]{{{MAX_INTEGER_DIGITS + 1}}}"
# Amounts are read as text first; see `_typed`.
_READ_AS = {kind: pa.string() for kind in ColumnKind} | {
    ColumnKind.INSTANT: pa.timestamp("us", tz="UTC")
}


class ParquetSheet:
    """A Parquet file in the making; every column may be null."""

    def __init__(self, columns: Sequence[Column], file: NewFile) -> None:
        self._columns = columns
        self._stream = _Stream(file)
        self._writer = pa.parquet.ParquetWriter(
            self._stream,
            pa.schema(
                (column.name, AMOUNT if _is_amount(column) else _READ_AS[column.kind])
                for column in columns
            ),
        )
        self._lines: list[str] = []
        self._tables: list[Any] = []

    def begin(self) -> None:
        """The columns stand at the end of the file."""

    def add(self, lines: list[str]) -> None:
        """Take the rows, and write those that fill a row group."""
        self._lines += lines
        while len(self._lines) >= ROWS_AT_ONCE:
            self._take(ROWS_AT_ONCE)

    def _take(self, count: int) -> None:
        text = "\n".join([*self._lines[:count], ""]).encode()
        del self._lines[:count]
        self._tables.append(self._typed(self._parsed(text)))
        if len(self._tables) * ROWS_AT_ONCE >= ROWS_PER_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        group, self._tables = self._tables, []
        self._writer.write_table(pa.concat_tables(group))

    def _parsed(self, text: bytes) -> Any:
        return pa.csv.read_csv(
            pa.py_buffer(text),
            pa.csv.ReadOptions(
                use_threads=False,
                column_names=[column.name for column in self._columns],
                block_size=len(text),
            ),
            pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            pa.csv.ConvertOptions(
                column_types={column.name: _READ_AS[column.kind] for column in self._columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _typed(self, table: Any) -> Any:
        for place, column in enumerate(self._columns):
            if _is_amount(column):
                amounts = table.column(place)
                if pa.compute.any(pa.compute.match_substring_regex(amounts, _TOO_LONG)).as_py():
                    raise Conflict(
                        f"{column.name} has an amount of more than {MAX_INTEGER_DIGITS} digits"
                        " before the point: choose another format.",
                        ErrorCode.INVALID_AMOUNT,
                    )
                table = table.set_column(place, column.name, amounts.cast(AMOUNT))
        return table

    def end(self) -> None:
        """Write the rest, and what readers look for first."""
        if self._lines:
            self._take(len(self._lines))
        if self._tables:
            self._write_group()
        self._writer.close()

    def close(self) -> None:
        """Give up what is not written; Arrow would still end the file when it is forgotten."""
        self._lines, self._tables = [], []
        self._stream.file = None
        self._writer.close()


def _is_amount(column: Column) -> bool:
    return column.kind is ColumnKind.AMOUNT


class _Stream:
    """A file that can only be appended to, as Arrow uses it; None when nothing more is wanted."""

    closed = False

    def __init__(self, file: NewFile) -> None:
        self.file: NewFile | None = file

    def write(self, data: bytes) -> int:
        if self.file is not None:
            self.file.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Its owner closes the file."""
