"""The rejects file: what is broken, and gone when nothing is any more."""

import csv
from pathlib import Path

from models.actions.imports import ImportOutcome
from models.adapters.database import Database
from models.rules.focus import RowProblem
from tests.actions.importing import a_file, a_registered_partner, take

BROKEN = {"BilledCost": "12,50", "ResourceId": "i-broken"}


async def test_import_lists_broken_rows_in_a_rejects_file(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    folder = tmp_path / "rejects"
    folder.mkdir()
    path = a_file(tmp_path / "bad.csv", [{}, BROKEN, {"ChargeCategory": "Gift"}])
    result = await take(db, path, rejects_folder=folder)
    assert result.rejects == folder / "bad.csv.rejects.csv"
    with result.rejects.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["line", "column", "reason"]
    assert [row[:2] for row in rows] == [["3", "BilledCost"], ["4", "ChargeCategory"]]
    assert [RowProblem(int(r[0]), r[1], r[2]) for r in rows] == list(result.problems)


async def test_import_without_rejects_writes_no_file(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    await take(db, a_file(tmp_path / "good.csv", [{}]))
    assert not (tmp_path / "good.csv.rejects.csv").exists()


async def test_import_of_the_mended_file_takes_the_old_rejects_file_away(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    rejects = tmp_path / "a.csv.rejects.csv"
    await take(db, a_file(tmp_path / "a.csv", [{}, BROKEN]))
    assert rejects.exists()
    mended = a_file(tmp_path / "a.csv", [{}])
    await take(db, mended)
    assert not rejects.exists()
    await take(db, a_file(tmp_path / "a.csv", [{}, BROKEN]))
    assert rejects.exists()
    assert (await take(db, a_file(mended, [{}]))).outcome is ImportOutcome.KNOWN
    assert not rejects.exists()


async def test_import_leaves_a_file_that_is_not_its_own(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    notes = tmp_path / "a.csv.rejects.csv"
    notes.write_text("what I think of it\n")
    await take(db, a_file(tmp_path / "a.csv", [{}]))
    assert notes.read_text() == "what I think of it\n"
