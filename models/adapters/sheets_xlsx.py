"""Excel workbooks of one sheet, written row by row by XlsxWriter.

A text is typed as text, so that nothing is ever computed. An amount is a number where a spreadsheet
can hold it, which keeps 15 digits; where it cannot, it is text, as a wrong number would be worse.
"""

import csv
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from models.adapters.files import NewFile, fullness_told
from models.adapters.zip_streams import ZipStream
from models.rules.errors import Conflict
from models.rules.exports import Column, ColumnKind

SHEET_NAME = "Bills"
MOST_ROWS = 1_048_575  # below the header
MOST_DIGITS = 15
# A workbook says when it was made: always then, so that it is the same whenever it is made.
CREATED = datetime(2000, 1, 1, tzinfo=UTC)
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "use_zip64": True,  # a sheet of more than 2 GiB before it is compressed
}


class XlsxSheet:
    """A workbook in the making: rows go to a temporary file, and all into `file` at the end."""

    def __init__(self, columns: Sequence[Column], file: NewFile, folder: Path) -> None:
        self._columns = columns
        self._amounts = [column.kind is ColumnKind.AMOUNT for column in columns]
        self._row = 0
        with fullness_told():
            self._temporary = TemporaryDirectory(dir=folder, prefix="xlsx-")
            self._stream = ZipStream(file)
            self._book = Workbook(self._stream, _OPTIONS | {"tmpdir": self._temporary.name})
            self._book.set_properties({"created": CREATED})
            self._sheet = self._book.add_worksheet(SHEET_NAME)
        self._plain = self._book.add_format()

    def begin(self) -> None:
        """Write the header, in bold, and keep it in view."""
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        for place, column in enumerate(self._columns):
            self._sheet.write_string(0, place, column.name, bold)

    def add(self, lines: list[str]) -> None:
        """Write the rows; raises Conflict for more than fit in a sheet."""
        if self._row + len(lines) > MOST_ROWS:
            raise Conflict(f"An Excel sheet has room for {MOST_ROWS} rows: choose another format.")
        with fullness_told():
            for cells in csv.reader(lines, strict=True):
                self._row += 1
                self._write(cells)

    def _write(self, cells: list[str]) -> None:
        sheet, row = self._sheet, self._row
        if not any(cells):  # a row all the same
            sheet.write_string(row, 0, "")
        for place, (cell, is_amount) in enumerate(zip(cells, self._amounts, strict=True)):
            if not cell:
                continue
            if is_amount and _is_held(cell):
                done = sheet.write_number(row, place, Decimal(cell))
            elif cell.startswith("<r>") and cell.endswith("</r>"):  # taken for XML of its own
                done = sheet.write_rich_string(row, place, cell[0], self._plain, cell[1:])
            else:
                done = sheet.write_string(row, place, cell)
            if done:
                name = self._columns[place].name
                raise Conflict(f"Row {row}: {name} is too long for Excel: choose another format.")

    def end(self) -> None:
        """Put the workbook together, with a filter on its header."""
        self._sheet.autofilter(0, 0, self._row, len(self._columns) - 1)
        with fullness_told():
            try:
                self._book.close()
            except FileCreateError as failed:
                raise failed.args[0] from failed

    def close(self) -> None:
        """Remove the temporary files; what is left of a book that failed goes nowhere."""
        self._stream.is_open = False
        with suppress(OSError):  # what it has not written yet may have no room
            self._sheet.row_data_fh.close()
        self._temporary.cleanup()


def _is_held(amount: str) -> bool:
    """Whether a spreadsheet keeps each digit of an amount."""
    digits = amount if len(amount) <= MOST_DIGITS else amount.lstrip("-0.").replace(".", "")
    return len(digits) <= MOST_DIGITS
