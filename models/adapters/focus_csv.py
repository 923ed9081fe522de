"""CSV and gzip CSV, UTF-8 with or without a byte order mark."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path

from models.rules.errors import ErrorCode, InvalidInput

BUFFER_BYTES = 1 << 16
# Far beyond any FOCUS row: without a limit, a file that never ends a line is read as one.
LONGEST_LINE_CHARACTERS = 1 << 21


class CsvFile(AbstractContextManager["CsvFile"]):
    """A CSV file, read by the standard library's parser, which also limits a cell to 128 kB."""

    def __init__(self, path: Path, *, compressed: bool) -> None:
        self.size_bytes = path.stat().st_size
        self._name = path.name
        self._stored = FileIO(path)
        plain = BufferedReader(self._stored, BUFFER_BYTES)
        self._text = TextIOWrapper(
            gzip.GzipFile(fileobj=plain) if compressed else plain, encoding="utf-8", newline=""
        )
        self._reader = csv.reader(text_lines(self._text), strict=True)
        try:
            with self._refusing_damage():
                self.columns = tuple(next(self._reader, ()))
        except InvalidInput:
            self.close()
            raise

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """The rows, each with the number of its first line; empty lines are no rows."""
        reader = self._reader
        with self._refusing_damage():
            line = reader.line_num + 1
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1

    def position(self) -> int:
        """Stored bytes read so far; all of them once the file is closed."""
        return self.size_bytes if self._stored.closed else self._stored.tell()

    def close(self) -> None:
        """Close the file."""
        self._text.close()
        self._stored.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _refusing_damage(self) -> Iterator[None]:
        try:
            yield
        except csv.Error as error:
            raise self._damaged(self._reader.line_num, str(error)) from error
        except (LineError, UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            # The parser has not counted the line that could not be handed to it.
            raise self._damaged(self._reader.line_num + 1, damage_reason(error)) from error

    def _damaged(self, line: int, reason: str) -> InvalidInput:
        return InvalidInput(f"{self._name}, line {line}: {reason}.", ErrorCode.INVALID_FILE)


class LineError(Exception):
    """A line that is no line of text."""


def text_lines(text: TextIOWrapper) -> Iterator[str]:
    """The lines as they stand, without the byte order mark; raises LineError for a binary file."""
    line = text.readline(LONGEST_LINE_CHARACTERS).removeprefix("\ufeff")
    while line:
        if "\0" in line:
            raise LineError("it contains a NUL byte, so it is not text")
        if len(line) == LONGEST_LINE_CHARACTERS:
            raise LineError(f"the line is longer than {LONGEST_LINE_CHARACTERS} characters")
        yield line
        line = text.readline(LONGEST_LINE_CHARACTERS)


def damage_reason(error: Exception) -> str:
    """What is wrong with a file that cannot be read on."""
    match error:
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case EOFError():
            return "the compressed data ends too early"
        case LineError():
            return str(error)
        case _:
            return "the compressed data is damaged"
