"""Parquet, by the optional pyarrow: values as texts, exact, in batches of rows."""

import importlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus_columns import GROUPED

BATCH_ROWS = 1024
BUFFER_BYTES = 1 << 16


class ParquetFile(AbstractContextManager["ParquetFile"]):
    """A Parquet file; null becomes an empty text, map and list columns become JSON."""

    def __init__(self, path: Path) -> None:
        self.size_bytes = path.stat().st_size
        self._name = path.name
        self._rows_read = 0
        self._arrow = _pyarrow(path)
        with self._refusing_damage():
            # Buffered streams instead of whole column chunks: a row group may be of any size.
            self._file = self._arrow.parquet.ParquetFile(
                path, buffer_size=BUFFER_BYTES, pre_buffer=False
            )
            self.columns: tuple[str, ...] = tuple(self._file.schema_arrow.names)

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The rows, numbered from 2 as if a header stood above them."""
        with self._refusing_damage():
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                texts = [
                    self._texts(*column) for column in zip(self.columns, batch.columns, strict=True)
                ]
                yield from enumerate(zip(*texts, strict=True), self._rows_read + 2)
                self._rows_read += batch.num_rows

    def position(self) -> int:
        """Stored bytes read so far, by the share of rows: columns lie apart in the file."""
        rows = self._file.metadata.num_rows
        return self.size_bytes * self._rows_read // rows if rows else self.size_bytes

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _texts(self, name: str, column: Any) -> list[str]:
        arrow = self._arrow
        if arrow.types.is_nested(column.type):
            is_map = arrow.types.is_map(column.type)
            values = column.to_pylist()
            return [_json(dict(value) if is_map and value else value) for value in values]
        try:
            texts: list[str] = column.cast(arrow.string()).fill_null("").to_pylist()
        except (arrow.ArrowInvalid, UnicodeDecodeError) as error:
            # Bytes of a provider's own need be no text; what is called one must be.
            is_text = name in GROUPED or isinstance(error, UnicodeDecodeError)
            return [
                _text(value, is_text=is_text) for value in column.cast(arrow.binary()).to_pylist()
            ]
        return texts

    @contextmanager
    def _refusing_damage(self) -> Iterator[None]:
        try:
            yield
        except (self._arrow.ArrowException, OSError, UnicodeDecodeError) as error:
            is_text = isinstance(error, UnicodeDecodeError)
            reason = "it is not UTF-8 text." if is_text else str(error).partition("\n")[0]
            raise InvalidInput(
                f"{self._name}, at row {self._rows_read + 2} or after: {reason}",
                ErrorCode.INVALID_FILE,
            ) from error


def _text(value: bytes | None, *, is_text: bool) -> str:
    """Bytes as the text that they are, else in hexadecimal; in a text, as PEP 383 tells them."""
    if value is None:
        return ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode(errors="surrogateescape") if is_text else value.hex()


def _json(value: Any) -> str:
    """A map or struct as FOCUS writes it in CSV: a JSON object."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _pyarrow(path: Path) -> Any:
    """The library, which only those need who have Parquet files."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise InvalidInput(
            f"{path.name} is a Parquet file: pip install partner-bills[parquet]",
            ErrorCode.INVALID_FILE,
        ) from error
