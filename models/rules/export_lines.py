"""The lines of a CSV file: anonymised, safe for spreadsheets, and added up (R37, rule 18, I14).

RFC 4180, UTF-8 without a byte order mark: every reader takes that, while a mark becomes part of the
first header for those that do not expect one. Text cells are always quoted, all others never: a
quote after a comma is therefore the start of a text cell, and nothing else.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext

from models.rules.anonymity_text import Scrubber
from models.rules.exports import Column, ColumnKind, ExportFormat
from models.rules.money import EXACT

END = "\r\n"
# What makes a spreadsheet compute: also as full-width characters, which some of them read alike.
_STARTERS = r"=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_UNSAFE = re.compile(f"[{_STARTERS}]")
_UNSAFE_CELL = re.compile(f',"[{_STARTERS}]')
_UNSAFE_FIRST_CELL = re.compile(f'^"[{_STARTERS}]', re.MULTILINE)
# Only there is a text nothing but characters; elsewhere a cell says itself that it is a text.
_FORMULAS_POSSIBLE = frozenset({ExportFormat.CSV, ExportFormat.FOCUS_CSV})
# So many lines are looked at together, those of a suspect block in smaller ones, down to one.
_LOOKED_AT_ONCE = 64
_FINER = 8


def formula_safe(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula: an apostrophe goes before = + - @ …"""
    return f"'{text}" if _UNSAFE.match(text) else text


def quoted(text: str) -> str:
    """A text cell as it is written."""
    return '"' + text.replace('"', '""') + '"'


def cells_text(cells: Iterable[tuple[Column, str]]) -> str:
    """Some neighbouring cells of a line, as they are written."""
    return ",".join(
        quoted(text) if column.kind is ColumnKind.TEXT else text for column, text in cells
    )


def header_line(columns: Iterable[Column]) -> str:
    """The first line of a file, without its end."""
    return ",".join(column.name for column in columns)


class SafeLines:
    """Makes lines fit to leave the house; only those that need it are taken apart.

    Lines come without their ends, text cells quoted. All are anonymised; what a spreadsheet would
    compute is changed only for the formats in which it could. Looking at many lines at once is what
    keeps this as fast as writing them.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        scrubber: Scrubber,
        file_format: ExportFormat,
    ) -> None:
        self._texts = [i for i, column in enumerate(columns) if column.kind is ColumnKind.TEXT]
        self._scrubber = scrubber
        self._is_guarded = file_format in _FORMULAS_POSSIBLE
        self._begins_with_text = 0 in self._texts

    def clean(self, lines: list[str]) -> list[str]:
        """The same lines in the same order, anonymised and, where needed, safe for spreadsheets."""
        return self._clean(lines, _LOOKED_AT_ONCE)

    def _clean(self, lines: list[str], at_once: int) -> list[str]:
        clean: list[str] = []
        for start in range(0, len(lines), at_once):
            some = lines[start : start + at_once]
            if self._is_suspect("\n".join(some)):
                is_one = at_once == 1
                some = [self._cleaned(*some)] if is_one else self._clean(some, at_once // _FINER)
            clean += some
        return clean

    def _is_suspect(self, text: str) -> bool:
        if self._is_guarded and (
            _UNSAFE_CELL.search(text)
            or (self._begins_with_text and _UNSAFE_FIRST_CELL.search(text))
        ):
            return True
        return self._scrubber.may_touch(text)

    def _cleaned(self, line: str) -> str:
        [cells] = csv.reader([line], strict=True)
        for i in self._texts:
            text = self._scrubber.scrub(cells[i])
            cells[i] = quoted(formula_safe(text) if self._is_guarded else text)
        return ",".join(cells)


def last_cells_sum(lines: Iterable[str]) -> Decimal:
    """Σ of the amounts in the last column, exact: what the file says, read back from its lines."""
    with localcontext(EXACT):
        return sum(map(Decimal, [line.rpartition(",")[2] for line in lines]), Decimal(0))
