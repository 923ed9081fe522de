"""Writing many parts into a store that fills up, off the event loop: nothing torn, nothing lost."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.adapters.database import Database
from models.adapters.files import Entry, Label, LocalFiles, NewFile, StoredFile
from models.rules.errors import ErrorCode, Unavailable
from models.rules.exports import ExportFormat
from models.tables.artefacts import ArtefactPart
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.exporting import a_billed_partner, asked, claimed, left_in, run

ROWS_PER_PART = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files go."""
    return tmp_path / "files"


class FullFiles(LocalFiles):
    """A file store with room for so many bytes in all."""

    def __init__(self, folder: Path, room: int) -> None:
        super().__init__(folder)
        self.room = room

    def create(self, key: str, label: Label | None = None) -> NewFile:
        return FullFile(super().create(key, label), self)


class FullFile:
    def __init__(self, file: NewFile, files: FullFiles) -> None:
        self._file, self._files = file, files

    def write(self, data: bytes) -> None:
        self._files.room -= len(data)
        if self._files.room < 0:
            raise Unavailable("The file store is full.", ErrorCode.STORAGE_FULL)
        self._file.write(data)

    def commit(self) -> StoredFile:
        return self._file.commit()

    def close(self) -> None:
        self._file.close()


async def require_nothing_torn(folder: Path) -> None:
    """All that is in the store are recorded parts, whole."""
    parts = await ArtefactPart.all().order_by("number")
    assert left_in(folder) == [part.object_key for part in parts]
    for part in parts:
        content = (folder / part.object_key).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            part.size_bytes,
            part.sha256,
        )


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_store_that_fills_up_at_any_byte_tears_nothing(
    db: Database, folder: Path, file_format: ExportFormat
) -> None:
    made = await asked(db, await a_billed_partner(db), format=file_format)
    files = LocalFiles(folder)
    await run(db, files, await claimed(db, made), rows_per_part=ROWS_PER_PART)
    whole = await ExportJob.get(id=1)
    needed = sum((folder / name).stat().st_size for name in left_in(folder))
    for name in left_in(folder):
        (folder / name).unlink()
    await ExportJob.all().update(status="QUEUED")
    for share in (0, 20, 45, 70, 99):
        await Job.filter(id=made.job_id).update(status="QUEUED", owner=None)
        full = FullFiles(folder, needed * share // 100 if share != 99 else needed - 1)
        await ArtefactPart.all().delete()
        with pytest.raises(Unavailable) as failed:
            await run(db, full, await claimed(db, made), rows_per_part=ROWS_PER_PART)
        assert failed.value.code is ErrorCode.STORAGE_FULL
        await require_nothing_torn(folder)
    await Job.filter(id=made.job_id).update(status="QUEUED", owner=None)
    await run(db, files, await claimed(db, made), rows_per_part=ROWS_PER_PART)
    assert (await ExportJob.get(id=1)).sha256 == whole.sha256


class WatchedFiles(LocalFiles):
    """Notes which threads it is called from."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.threads: set[int] = set()

    def note(self) -> None:
        self.threads.add(threading.get_ident())

    def create(self, key: str, label: Label | None = None) -> NewFile:
        self.note()
        return WatchedFile(super().create(key, label), self)

    def read(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        self.note()
        return super().read(key, start, stop)

    def remove(self, key: str) -> None:
        self.note()
        super().remove(key)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        self.note()
        return super().list(prefix)

    def begun(self, prefix: str) -> Iterator[str]:
        self.note()
        return super().begun(prefix)


class WatchedFile:
    def __init__(self, file: NewFile, files: WatchedFiles) -> None:
        self._file, self._files = file, files

    def write(self, data: bytes) -> None:
        self._files.note()
        self._file.write(data)

    def commit(self) -> StoredFile:
        self._files.note()
        return self._file.commit()

    def close(self) -> None:
        self._files.note()
        self._file.close()


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_nothing_is_written_or_read_on_the_event_loop(
    db: Database, folder: Path, file_format: ExportFormat
) -> None:
    made = await asked(db, await a_billed_partner(db), format=file_format)
    files = WatchedFiles(folder)
    await run(db, files, await claimed(db, made), rows_per_part=ROWS_PER_PART)
    assert files.threads
    assert threading.get_ident() not in files.threads
