"""CSV and JSON Lines, UTF-8."""

import csv
from collections.abc import Sequence
from json.encoder import encode_basestring

from models.adapters.files import NewFile
from models.rules.export_lines import END, header_line
from models.rules.exports import Column


class CsvSheet:
    """RFC 4180: the lines as they come, below a header."""

    def __init__(self, columns: Sequence[Column], file: NewFile) -> None:
        self._columns = columns
        self._file = file

    def begin(self) -> None:
        """Write the header."""
        self._file.write((header_line(self._columns) + END).encode())

    def add(self, lines: list[str]) -> None:
        """Write the lines."""
        if lines:
            self._file.write((END.join(lines) + END).encode())

    def end(self) -> None:
        """Nothing follows the last line."""

    def close(self) -> None:
        """There is nothing beside the file."""


class JsonLinesSheet:
    """One object a line, its keys in the order of the columns, every value a string or null."""

    def __init__(self, columns: Sequence[Column], file: NewFile) -> None:
        # The keys are the same in every line: only the values are encoded, twice as fast as all.
        pairs = (f"{encode_basestring(column.name)}:%s" for column in columns)
        self._object = "{" + ",".join(pairs) + "}\n"
        self._file = file

    def begin(self) -> None:
        """There is no header."""

    def add(self, lines: list[str]) -> None:
        """Write the objects."""
        objects = [
            self._object % tuple([encode_basestring(cell) if cell else "null" for cell in row])
            for row in csv.reader(lines, strict=True)
        ]
        self._file.write("".join(objects).encode())

    def end(self) -> None:
        """Nothing follows the last line."""

    def close(self) -> None:
        """There is nothing beside the file."""
