"""Exports of many rows: their parts, the zip of these, and its manifest (R52, R69, I14)."""

import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from models.actions import artefact_zips
from models.adapters.database import Database
from models.rules.exports import ExportFormat, ExportView
from models.rules.manifest_parsing import parse_manifest
from models.rules.money import exact_sum
from models.tables.bills import BillVersion
from tests.exporting import a_billed_partner, exported

ROWS = 16  # of the billed partner's details


def entries_of(content: bytes) -> dict[str, bytes]:
    """The files in a zip, in the order in which they stand there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {each.filename: archive.read(each) for each in archive.infolist()}


def rows_of(entries: dict[str, bytes]) -> list[list[str]]:
    """The rows of all parts, each below the same header."""
    tables = [
        list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
        for name, content in entries.items()
        if name.endswith(".csv")
    ]
    assert len({tuple(table[0]) for table in tables}) == 1
    return [row for table in tables for row in table[1:]]


@pytest.mark.parametrize(
    ("rows_per_part", "parts"),
    [(ROWS + 1, 1), (ROWS, 1), (ROWS - 1, 2), (8, 2), (7, 3), (5, 4), (1, 16)],
)
async def test_rows_are_split_at_the_boundary_and_nowhere_else(
    db: Database, tmp_path: Path, rows_per_part: int, parts: int
) -> None:
    partner = await a_billed_partner(db)
    whole = await exported(db, tmp_path, partner)
    file = await exported(db, tmp_path, partner, rows_per_part=rows_per_part)
    assert (file.job.part_count, file.job.rows_done, file.job.rows_total) == (parts, ROWS, ROWS)
    assert file.job.control_sums == whole.job.control_sums
    if parts == 1:
        assert file.content == whole.content
        return
    entries = entries_of(file.content)
    assert len(entries) == parts + 1
    assert rows_of(entries) == [list(row.values()) for row in whole.rows]
    counts = [content.count(b"\r\n") - 1 for content in [*entries.values()][:-1]]
    assert counts == [rows_per_part] * (parts - 1) + [ROWS - rows_per_part * (parts - 1)]


async def test_manifest_is_the_last_entry_and_equal_to_the_bills(
    db: Database, tmp_path: Path
) -> None:
    file = await exported(db, tmp_path, await a_billed_partner(db), rows_per_part=7)
    entries = entries_of(file.content)
    assert [*entries][-1] == "manifest.json"
    manifest = parse_manifest(entries.pop("manifest.json").decode())
    assert [(part.name, part.size) for part in manifest.parts] == [
        (name, len(content)) for name, content in entries.items()
    ]
    assert manifest.rows == ROWS
    assert (manifest.owner, manifest.partner, manifest.account) == (None, "prt_1", None)
    versions = await BillVersion.all()
    assert {(b.bill, b.version, b.digest, b.rows, b.total) for b in manifest.bills} == {
        (f"bil_{v.bill_id}", v.number, v.digest, v.charge_count, v.settlement) for v in versions
    }
    sums = {
        currency: exact_sum(v.settlement for v in versions if v.currency == currency)
        for currency in {v.currency for v in versions}
    }
    assert manifest.sums == sums
    assert {c: Decimal(text) for c, text in file.job.control_sums.items()} == sums


async def test_sums_of_a_part_are_those_of_its_rows(db: Database, tmp_path: Path) -> None:
    file = await exported(db, tmp_path, await a_billed_partner(db), rows_per_part=3)
    entries = entries_of(file.content)
    for part in parse_manifest(entries["manifest.json"].decode()).parts:
        rows = rows_of({part.name: entries[part.name]})
        found = {
            currency: exact_sum(Decimal(row[-1]) for row in rows if row[2] == currency)
            for currency in {row[2] for row in rows}
        }
        assert (part.rows, part.sums) == (len(rows), found)


@pytest.mark.parametrize("file_format", ExportFormat)
async def test_zip_made_again_is_the_same_byte_for_byte(
    db: Database, tmp_path: Path, file_format: ExportFormat
) -> None:
    partner = await a_billed_partner(db)
    one, two = [
        await exported(db, tmp_path, partner, rows_per_part=6, format=file_format) for _ in range(2)
    ]
    assert one.content == two.content
    assert one.job.sha256 == two.job.sha256
    entries = entries_of(one.content)
    assert len(entries) == 4
    # Which export it is, is said by the name of the whole file only.
    stem = next(iter(entries)).rpartition("-part-")[0]
    assert [file.job.file_name for file in (one, two)] == [f"{stem}-exp_1.zip", f"{stem}-exp_2.zip"]


async def test_zip_of_parts_that_are_large_for_a_zip_holds_the_same(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = await a_billed_partner(db)
    usual = await exported(db, tmp_path, partner, rows_per_part=6)
    monkeypatch.setattr(artefact_zips, "_LARGE", 1000)
    large = await exported(db, tmp_path, partner, rows_per_part=6)
    contents = [[*entries_of(file.content).values()][:-1] for file in (usual, large)]
    assert contents[0] == contents[1]
    assert min(map(len, contents[0])) < 1000 < max(map(len, contents[0]))


async def test_columns_that_were_chosen_are_those_of_every_part(
    db: Database, tmp_path: Path
) -> None:
    partner = await a_billed_partner(db)
    whole = await exported(db, tmp_path, partner)
    names = ("resource", "charge", "bill")
    file = await exported(db, tmp_path, partner, rows_per_part=6, columns=names)
    entries = entries_of(file.content)
    manifest = parse_manifest(entries["manifest.json"].decode())
    assert (manifest.columns, manifest.amount) == (names, "settlement_amount")
    assert rows_of(entries) == [[row[name] for name in names] for row in whole.rows]
    assert file.job.control_sums == whole.job.control_sums
    assert file.job.columns == list(names)


@pytest.mark.parametrize("view", [ExportView.BY_PRODUCT, ExportView.BY_CUSTOMER])
async def test_summaries_are_split_as_well(db: Database, tmp_path: Path, view: ExportView) -> None:
    partner = await a_billed_partner(db)
    whole = await exported(db, tmp_path, partner, view=view)
    file = await exported(db, tmp_path, partner, rows_per_part=2, view=view)
    assert rows_of(entries_of(file.content)) == [list(row.values()) for row in whole.rows]
    assert file.job.control_sums == whole.job.control_sums
