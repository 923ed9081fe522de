"""One part of a file in the making: clean lines, written and added up."""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from models.actions.artefact_parts import Part, Share, added_shares
from models.actions.artefact_zips import GrowingZip
from models.actions.artefacts import Artefact
from models.adapters.files import FileStore, Label, NewFile
from models.adapters.sheets import Sheet, open_sheet
from models.rules.artefacts import part_key, part_name
from models.rules.export_columns import without_last_cells
from models.rules.export_lines import SafeLines, last_cells_sum
from models.rules.exports import extension, media_type


@dataclass(frozen=True, slots=True)
class Press:
    """What all parts that one run writes have in common; `folder` is for temporary files.

    `zip` is where their bytes go as well.
    """

    artefact: Artefact
    files: FileStore
    lines: SafeLines
    folder: Path
    run: int
    rows_per_part: int
    zip: GrowingZip | None = None


class PartInTheMaking:
    """A part that is written by one thread at a time, begun first, and closed in any case."""

    _file: NewFile
    _sheet: Sheet

    def __init__(self, press: Press, number: int) -> None:
        made = press.artefact
        self._press = press
        self._number = number
        self._key = part_key(made.owner, press.run, number, extension(made.format))
        self._is_cut = made.columns[-1] != made.control
        self._room = press.rows_per_part
        self._shares: list[Share] = []
        self._opened = ExitStack()

    def begin(self) -> None:
        """Open the file and write what stands before the first row."""
        made, growing = self._press.artefact, self._press.zip
        label = Label(f"{made.stem}.{extension(made.format)}", media_type(made.format))
        file = self._opened.enter_context(closing(self._press.files.create(self._key, label)))
        if growing:
            name = part_name(made.parts_stem, self._number, extension(made.format))
            file = self._opened.enter_context(closing(growing.followed(file, name)))
        self._file = file
        sheet = open_sheet(made.format, made.columns, file, self._press.folder)
        self._sheet = self._opened.enter_context(closing(sheet))
        sheet.begin()

    @property
    def is_full(self) -> bool:
        """Whether not one more row has room."""
        return self._room == 0

    @property
    def shares(self) -> tuple[Share, ...]:
        """What it has so far of each stretch of rows."""
        return tuple(added_shares(self._shares).values())

    def add(self, stretch: int, lines: list[str]) -> list[str]:
        """Write as many clean lines of a stretch as there is room for; those that are left."""
        fitting, left = lines[: self._room], lines[self._room :]
        self._sheet.add(without_last_cells(fitting) if self._is_cut else fitting)
        self._shares.append(Share(stretch, len(fitting), last_cells_sum(fitting)))
        self._room -= len(fitting)
        return left

    def commit(self) -> Part:
        """Put the part in its place."""
        self._sheet.end()
        return Part(self._number, self._key, self._file.commit(), self.shares)

    def close(self) -> None:
        """Throw away what was not put in its place."""
        self._opened.close()
