"""The rows of an exported spreadsheet: one sheet, cells as plain texts or numbers, row by row."""

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from models.adapters.picked_rows import BATCH_ROWS, Batch, Wanted, broken
from models.adapters.zip_entries import ZipEntries
from models.rules.errors import ErrorCode, Unavailable

SHEET = "xl/worksheets/sheet1.xml"
LONGEST_CELL = 40_000  # a little more than a spreadsheet allows
# On average, markup included: what a sheet may come to once it is unpacked.
MOST_BYTES_OF_CELL = 2_000
_SPARE_BYTES = 1_000_000


def xlsx_rows(file: BinaryIO, wanted: Wanted) -> Iterator[Batch]:
    """The wanted cells of the first sheet's rows, below its header; an absent cell is empty.

    Raises InvalidInput (INVALID_FILE), and Unavailable (FORMAT_UNAVAILABLE) for a sheet that keeps
    its texts elsewhere, which no file of ours does.
    """
    most = MOST_BYTES_OF_CELL * len(wanted.columns) * (wanted.rows + 2) + _SPARE_BYTES
    with ZipEntries(file) as entries:
        names = [entry.name for entry in entries.entries]
        if SHEET not in names:
            raise broken("it is no spreadsheet")
        sheet = _Sheet(wanted)
        unpacked = 0
        for chunk in entries.chunks(names.index(SHEET), most):
            unpacked += len(chunk)
            yield from sheet.feed(chunk, is_last=False)
        if unpacked > most:
            raise broken("the sheet is larger than so many rows can be")
        yield from sheet.feed(b"", is_last=True)


class _Sheet:
    """Takes in the XML of a sheet piece by piece, and gives rows."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._rows: Batch = []
        self._row: list[str] = []
        self._place = -1
        self._text: list[str] | None = None
        self._length = 0
        self._has_header = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        # Entities that multiply need a document type, and sheets have none.
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, data: bytes, *, is_last: bool) -> Iterator[Batch]:
        """The rows that are complete, if they are many or the last ones."""
        try:
            self._parser.Parse(data, is_last)
        except expat.ExpatError as error:
            raise broken(f"the sheet is no XML from line {error.lineno} on") from error
        if self._rows and (is_last or len(self._rows) >= BATCH_ROWS):
            rows, self._rows = self._rows, []
            yield rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row = [""] * len(self._wanted.columns)
            self._place = -1
        elif name == "c":
            self._place = self._place_of(attributes.get("r", ""))
            if attributes.get("t") == "s":
                raise Unavailable(
                    "Its texts stand apart from its rows, so these were not added up.",
                    ErrorCode.FORMAT_UNAVAILABLE,
                )
        elif name in {"v", "t"}:
            self._text, self._length = [], 0

    def _end(self, name: str) -> None:
        if name in {"v", "t"} and self._text is not None:
            self._put("".join(self._text))
            self._text = None
        elif name == "row":
            self._finish_row()

    def _characters(self, data: str) -> None:
        if self._text is None:
            return
        self._length += len(data)
        if self._length > LONGEST_CELL:
            raise broken(f"a cell has more than {LONGEST_CELL:,} characters")
        self._text.append(data)

    def _put(self, text: str) -> None:
        if not 0 <= self._place < len(self._row):
            raise broken("a row has more cells than there are columns")
        self._row[self._place] += text

    def _place_of(self, reference: str) -> int:
        place = 0
        for letter in reference[:4].rstrip("0123456789"):
            place = place * 26 + ord(letter) - 64
        return place - 1 if place else self._place + 1

    def _finish_row(self) -> None:
        if self._has_header:
            self._rows.append(tuple(self._row[place] for place in self._wanted.places))
        else:
            self._wanted.check_header(self._row)
            self._has_header = True

    def _refuse(self, *_: Any) -> None:
        raise broken("the sheet declares a document type")
