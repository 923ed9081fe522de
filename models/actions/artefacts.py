"""Large files, made so that nothing of them is lost or doubled: exports and deliveries (R52, R69).

    artefact_writing    write_artefact: from rows to a file in its place
    artefact_rows       rows from the database into parts
    artefact_sheets     one part in the making
    artefact_parts      the parts that are done
    artefact_zips       many parts as one file
    artefact_leavings   what is left over goes away

Rows are streamed, cleaned and written part by part; each finished part is recorded in a transaction
that proves that the job is still held. A run that was killed is followed by one that goes on behind
the last recorded part and comes to the same bytes (I20), so that a kill costs one part at most.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from models.adapters.database import Database
from models.adapters.files import FileStore, StoredFile
from models.reads.line_statements import Statement
from models.rules.exports import Column, ExportFormat
from models.rules.manifests import Manifest, ManifestBill, sums_said

Clock = Callable[[], datetime]
PROGRESS_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What is needed to make files; `folder` is for temporary ones."""

    db: Database
    files: FileStore
    folder: Path
    rows_per_part: int
    now: Clock


@dataclass(frozen=True, slots=True)
class Rows:
    """A stretch of rows in one currency and a stable order, as lines of CSV from the database.

    The last cell of every line is the control amount. `expected` is what they must add up to and
    `expected_rows` how many there must be, each None where nothing is known. `bill` says which
    version they are, its rows and total left open.
    """

    statement: Statement
    currency: str
    expected: Decimal | None = None
    expected_rows: int | None = None
    bill: ManifestBill | None = None


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file to be made.

    `owner` is the public id of its export or delivery, `stem` its name without an extension, and
    `parts_stem` what its parts are named by within a zip. Lines hold the `columns` and, last, the
    `control` amount, which is cut off unless it is the last of the columns. `manifest` lacks only
    the parts, and what is open in the bills.
    """

    owner: str
    partner_id: int
    stem: str
    parts_stem: str
    format: ExportFormat
    columns: tuple[Column, ...]
    control: Column
    rows: Sequence[Rows]
    manifest: Manifest
    is_always_zipped: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the writing is: rows so far, and the bytes of the parts that are finished."""

    rows: int
    size: int


# Called about once a second and after each part; what it raises ends the writing.
OnProgress = Callable[[Progress], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WrittenArtefact:
    """A file in its place: a zip, or the only part."""

    object_key: str
    file: StoredFile
    file_name: str
    manifest: Manifest

    @property
    def rows(self) -> int:
        """The rows of all parts, headers not counted."""
        return self.manifest.rows

    @property
    def part_count(self) -> int:
        """How many parts there are, 1 or more."""
        return len(self.manifest.parts)

    @property
    def sums(self) -> dict[str, Decimal]:
        """What the rows come to, exact, by currency."""
        return self.manifest.sums

    @property
    def sums_json(self) -> str:
        """The same as it is kept in a table."""
        return json.dumps(sums_said(self.sums))


class Pace:
    """Tells about once a second, and after each part, how far the writing is."""

    def __init__(
        self, workshop: Workshop, on_progress: OnProgress, *, begun: Progress = Progress(0, 0)
    ) -> None:
        self._now = workshop.now
        self._on_progress = on_progress
        self._progress = begun
        self._told_at = self._now()

    async def begin(self) -> None:
        """The writing begins, or goes on."""
        await self._tell()

    async def note(self, rows: int = 0) -> None:
        """So many more rows are written, into a part that is not finished."""
        self._progress = replace(self._progress, rows=self._progress.rows + rows)
        if self._now() - self._told_at >= PROGRESS_EVERY:
            await self._tell()

    async def finish_part(self, size: int) -> None:
        """A part is in its place."""
        self._progress = replace(self._progress, size=self._progress.size + size)
        await self._tell()

    async def _tell(self) -> None:
        self._told_at = self._now()
        await self._on_progress(self._progress)
