"""What we write ourselves is as it should be: real exports and deliveries, checked from outside."""

from datetime import timedelta
from pathlib import Path

import pytest

from models.adapters.database import Database
from models.adapters.folder_shelves import FolderShelf
from models.reads.verified_files import verify_files
from models.rules.exports import ExportFormat, ExportView
from models.rules.findings import FindingCode
from tests.actions.test_delivering import a_day
from tests.exporting import a_billed_partner, exported

FORMATS = [
    *((file_format, ExportView.DETAILS) for file_format in ExportFormat),
    *((ExportFormat.CSV, view) for view in ExportView if view is not ExportView.DETAILS),
]


@pytest.mark.parametrize(("file_format", "view"), FORMATS)
async def test_export_is_as_its_manifest_says(
    file_format: ExportFormat, view: ExportView, db: Database, tmp_path: Path
) -> None:
    partner = await a_billed_partner(db)
    made = await exported(
        db, tmp_path / "files", partner, rows_per_part=3, format=file_format, view=view
    )
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "bills.zip").write_bytes(made.content)
    done = verify_files(FolderShelf(downloads))
    assert done.findings == []
    assert (done.rows, done.parts) == (made.job.rows_done, made.job.part_count)


async def test_rows_without_their_amounts_are_counted_and_not_added_up(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_billed_partner(db)
    made = await exported(
        db, tmp_path / "files", partner, rows_per_part=8, columns=("charge", "product")
    )
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "bills.zip").write_bytes(made.content)
    done = verify_files(FolderShelf(downloads))
    assert done.is_well
    assert {finding.code for finding in done.findings} == {FindingCode.NOT_ADDED_UP}


async def test_deliveries_are_as_their_manifests_say_and_a_lost_one_is_missed(
    db: Database, tmp_path: Path
) -> None:
    room = await a_day(db, tmp_path)
    room.rows_per_part = 2
    for _ in range(4):
        await room.work()
        room.now += timedelta(days=1)
    done = verify_files(FolderShelf(room.bucket()))
    assert done.findings == []
    assert (done.files, done.rows) == (4, 12)
    [*lost] = [path for path in room.bucket().rglob("*") if path.is_file()]
    for path in sorted(lost)[2:4]:
        path.unlink()
    missed = [finding.code for finding in verify_files(FolderShelf(room.bucket())).findings]
    assert missed == [FindingCode.DAYS_MISSING]
