"""Workers that die anywhere while they write many parts: the next one comes to the same bytes."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.actions.artefact_leavings import discard_files
from models.actions.jobs import Claimant, claim
from models.adapters.database import Database
from models.adapters.files import Label, LocalFiles, NewFile, StoredFile
from models.rules.errors import Conflict, Unavailable
from models.rules.exports import ExportFormat
from models.rules.jobs import JobKind
from models.tables.artefacts import ArtefactPart
from models.tables.bills import BillVersion
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.exporting import (
    LEASE,
    NOW,
    RequestedExport,
    a_billed_partner,
    asked,
    claimed,
    left_in,
    run,
)

ROWS_PER_PART = 6
PARTS = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files go."""
    return tmp_path / "files"


class Killed(BaseException):
    """kill -9: nothing that comes after it happens, no clearing away either."""


class DyingFiles(LocalFiles):
    """A file store of a worker that dies at the `at`-th moment of a kind."""

    def __init__(self, folder: Path, moment: str, at: int) -> None:
        super().__init__(folder)
        self._moment, self._at = moment, at
        self._seen: Counter[str] = Counter()
        self.is_dead = False

    def passes(self, moment: str) -> None:
        self._seen[moment] += 1
        if self.is_dead or (moment == self._moment and self._seen[moment] == self._at):
            self.is_dead = True
            raise Killed

    def create(self, key: str, label: Label | None = None) -> NewFile:
        self.passes("create")
        return DyingFile(super().create(key, label), self)

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        self.passes("read")
        return super().read(key, start, stop)

    def remove(self, key: str) -> None:
        if not self.is_dead:
            super().remove(key)


class DyingFile:
    def __init__(self, file: NewFile, files: DyingFiles) -> None:
        self._file, self._files = file, files

    def write(self, data: bytes) -> None:
        self._files.passes("write")
        self._file.write(data)

    def commit(self) -> StoredFile:
        self._files.passes("commit")
        stored = self._file.commit()
        self._files.passes("committed")
        return stored

    def close(self) -> None:
        """What was begun stays as it is: the system closes it."""
        if not self._files.is_dead:
            self._file.close()
        else:
            self._file._file.close()  # type: ignore[attr-defined]


async def a_finished_export(
    db: Database, folder: Path, file_format: ExportFormat = ExportFormat.CSV
) -> tuple[RequestedExport, str]:
    """An export that nothing has disturbed, ready to be written again, and its SHA-256."""
    made = await asked(db, await a_billed_partner(db), format=file_format)
    await run(db, LocalFiles(folder), await claimed(db, made), rows_per_part=ROWS_PER_PART)
    export = await ExportJob.get(id=1)
    assert (export.status, export.part_count) == ("SUCCEEDED", PARTS)
    await ExportJob.all().update(status="QUEUED")
    await lost(made)
    return made, str(export.sha256)


async def lost(made: RequestedExport) -> None:
    """The lease of the job's worker has run out."""
    await Job.filter(id=made.job_id).update(status="QUEUED", owner=None)


async def killed(db: Database, made: RequestedExport, files: DyingFiles) -> None:
    job = await claimed(db, made)
    with pytest.raises(Killed):
        await run(db, files, job, rows_per_part=ROWS_PER_PART)
    await lost(made)


async def finished(db: Database, made: RequestedExport, folder: Path) -> ExportJob:
    """The export after one more run; all that is left in the store is its file."""
    files = LocalFiles(folder)
    await run(db, files, await claimed(db, made), rows_per_part=ROWS_PER_PART)
    cleaner = Claimant("cleaner", LEASE, frozenset({JobKind.DISCARD_FILES}))
    for job in await db.transact(claim, cleaner, limit=9, now=NOW):
        await discard_files(db, files, job, now=NOW)
    export = await ExportJob.get(id=1)
    assert export.status == "SUCCEEDED"
    assert left_in(folder) == [export.object_key]
    assert await ArtefactPart.all().count() == 0
    content = (folder / str(export.object_key)).read_bytes()
    assert hashlib.sha256(content).hexdigest() == export.sha256
    return export


MOMENTS = [
    *(("create", at) for at in range(1, PARTS + 2)),
    *(("write", at) for at in (1, 2, 3, 4, 6, 7, 12, 20)),
    *(("commit", at) for at in range(1, PARTS + 2)),
    *(("committed", at) for at in range(1, PARTS + 2)),
]
# The zip is begun first, then one part after the other.
LAST_PART = ("create", PARTS + 1)


@pytest.mark.parametrize(("moment", "at"), MOMENTS)
async def test_run_after_a_killed_one_comes_to_the_same_file(
    db: Database, folder: Path, moment: str, at: int
) -> None:
    made, sha256 = await a_finished_export(db, folder)
    await killed(db, made, DyingFiles(folder, moment, at))
    export = await finished(db, made, folder)
    assert (export.sha256, export.rows_done) == (sha256, 16)


@pytest.mark.parametrize("at", range(1, PARTS + 1))
async def test_run_killed_while_it_zips_what_another_wrote_is_followed_by_the_same_file(
    db: Database, folder: Path, at: int
) -> None:
    made, sha256 = await a_finished_export(db, folder)
    await killed(db, made, DyingFiles(folder, *LAST_PART))
    await killed(db, made, DyingFiles(folder, "read", at))
    assert (await finished(db, made, folder)).sha256 == sha256


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_file_of_many_killed_runs_is_the_same_in_every_format(
    db: Database, folder: Path, file_format: ExportFormat
) -> None:
    made, sha256 = await a_finished_export(db, folder, file_format)
    for moment, at in (("write", 1), ("committed", 1), ("create", 2), ("commit", 2), ("read", 2)):
        await killed(db, made, DyingFiles(folder, moment, at))
    export = await finished(db, made, folder)
    assert (export.sha256, export.part_count, export.rows_done) == (
        sha256,
        PARTS,
        export.rows_total,
    )


async def test_recorded_parts_are_not_written_again(db: Database, folder: Path) -> None:
    made, _ = await a_finished_export(db, folder)
    await killed(db, made, DyingFiles(folder, *LAST_PART))
    recorded = await ArtefactPart.all().order_by("number")
    assert [(part.number, part.rows) for part in recorded] == [(1, 6), (2, 6)]
    stamps = [(folder / part.object_key).stat().st_mtime_ns for part in recorded]
    await killed(db, made, DyingFiles(folder, "read", 1))
    assert [(folder / part.object_key).stat().st_mtime_ns for part in recorded] == stamps
    assert await ArtefactPart.all().count() == PARTS


async def test_bill_that_does_not_add_up_is_found_by_a_run_that_goes_on_in_its_middle(
    db: Database, folder: Path
) -> None:
    made, sha256 = await a_finished_export(db, folder)
    await killed(db, made, DyingFiles(folder, "create", 3))
    version = await BillVersion.get(id=2)  # part 1 ends within its bill
    await BillVersion.filter(id=2).update(settlement=version.settlement + 1)
    with pytest.raises(Conflict, match=r"bil_2, version 1: .* nothing was kept"):
        await run(db, LocalFiles(folder), await claimed(db, made), rows_per_part=ROWS_PER_PART)
    assert await ArtefactPart.all().count() == 0
    assert left_in(folder) == []
    await lost(made)
    await BillVersion.filter(id=2).update(settlement=version.settlement)
    assert (await finished(db, made, folder)).sha256 == sha256


@pytest.mark.parametrize("is_gone", [True, False])
async def test_part_that_was_damaged_in_the_store_is_never_delivered(
    db: Database, folder: Path, is_gone: bool
) -> None:
    made, sha256 = await a_finished_export(db, folder)
    await killed(db, made, DyingFiles(folder, "create", 3))
    part = folder / (await ArtefactPart.get(number=1)).object_key
    if is_gone:
        part.unlink()
    else:
        part.write_bytes(part.read_bytes().replace(b"0.1", b"9.1", 1))
    with pytest.raises(Unavailable, match="Part 1 is"):
        await run(db, LocalFiles(folder), await claimed(db, made), rows_per_part=ROWS_PER_PART)
    await lost(made)
    assert (await finished(db, made, folder)).sha256 == sha256
