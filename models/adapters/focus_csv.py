"""CSV and gzip CSV, UTF-8 with or without a byte order mark."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import RowProblem
from models.rules.focus_values import NOT_UTF8

BUFFER_BYTES = 1 << 16
# Far beyond any FOCUS row: without a limit, a file that never ends a line is read as one.
LONGEST_LINE_CHARACTERS = 1 << 21
_TOO_LONG = f"the line is longer than {LONGEST_LINE_CHARACTERS} characters"
_NOT_TEXT = "it contains a NUL byte, so it is not text"


class CsvFile(AbstractContextManager["CsvFile"]):
    """A CSV file, read by the standard library's parser, which also limits a cell to 128 kB."""

    def __init__(self, path: Path, *, compressed: bool) -> None:
        self.size_bytes = path.stat().st_size
        self._name = path.name
        self._stored = FileIO(path)
        plain = BufferedReader(self._stored, BUFFER_BYTES)
        # A byte that is not UTF-8 becomes a surrogate, and its row is found broken.
        self._text = TextIOWrapper(
            gzip.GzipFile(fileobj=plain) if compressed else plain,
            encoding="utf-8",
            errors="surrogateescape",
            newline="",
        )
        self._line = ""
        self._lines = self._read_lines()
        self._reader = csv.reader(self._lines, strict=True)
        self._lines_before = 0
        try:
            with self._refusing_damage():
                self.columns = tuple(next(self._reader, ()))
        except InvalidInput:
            self.close()
            raise

    def __iter__(self) -> Iterator[tuple[int, list[str] | RowProblem]]:
        """The rows, each with the number of its first line; empty lines are no rows."""
        with self._refusing_damage():
            while True:
                reader, before = self._reader, self._lines_before
                line = before + reader.line_num + 1
                try:
                    for row in reader:
                        if row:
                            yield line, row
                        line = before + reader.line_num + 1
                    return
                except csv.Error as error:
                    problem = self._problem(line, error)
                yield line, problem

    def _problem(self, line: int, error: csv.Error) -> RowProblem:
        """Why a row cannot be parsed; raises the error where nobody can tell where the row ends.

        Where quotes are paired in its one line, it ends there; else lines may be part of a cell.
        """
        last = self._lines_before + self._reader.line_num
        if line < last or self._line.count('"') % 2:
            raise error
        self._lines_before = last
        self._reader = csv.reader(self._lines, strict=True)
        return RowProblem(line, "", str(error))

    def _read_lines(self) -> Iterator[str]:
        """The lines as they stand, without the byte order mark."""
        line = self._text.readline(LONGEST_LINE_CHARACTERS).removeprefix("\ufeff")
        _check_text(line)
        while line:
            if len(line) == LONGEST_LINE_CHARACTERS:
                raise LineError(_TOO_LONG)
            self._line = line
            yield line
            line = self._text.readline(LONGEST_LINE_CHARACTERS)

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
            raise self._damaged(0, str(error)) from error
        except (LineError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            # The parser has not counted the line that could not be handed to it.
            raise self._damaged(1, damage_reason(error)) from error

    def _damaged(self, after: int, reason: str) -> InvalidInput:
        line = self._lines_before + self._reader.line_num + after
        return InvalidInput(f"{self._name}, line {line}: {reason}.", ErrorCode.INVALID_FILE)


def _check_text(header: str) -> None:
    if NOT_UTF8.search(header):
        raise LineError("it is not UTF-8 text")
    if "\0" in header:
        raise LineError(_NOT_TEXT)


class LineError(Exception):
    """A line that is no line of text."""


def text_lines(text: TextIOWrapper) -> Iterator[str]:
    """The lines as they stand, without the byte order mark; raises LineError for a binary file."""
    line = text.readline(LONGEST_LINE_CHARACTERS).removeprefix("\ufeff")
    while line:
        if "\0" in line:
            raise LineError(_NOT_TEXT)
        if len(line) == LONGEST_LINE_CHARACTERS:
            raise LineError(_TOO_LONG)
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
