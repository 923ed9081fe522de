"""Whatever else lies in a folder of files ends in a sentence, and costs little."""

import gzip
import hashlib
import io
import os
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.adapters.folder_shelves import FolderShelf
from models.reads.verified_files import VerifiedFiles, verify_files
from models.rules.errors import NotFound
from models.rules.exports import ExportFormat
from models.rules.findings import FindingCode
from models.rules.manifests import MANIFEST_ENTRY, manifest_text
from tests.delivered import Written, a_delivery, an_export, some_rows
from tests.manifests import a_manifest, a_part


def _verified(folder: Path) -> VerifiedFiles:
    return verify_files(FolderShelf(folder))


def _messages(folder: Path) -> list[str]:
    return [finding.message for finding in _verified(folder).findings]


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        _verified(tmp_path / "nowhere")


def test_links_and_pipes_are_passed_over_and_hidden_files_are_not_there(tmp_path: Path) -> None:
    outside = a_delivery(tmp_path / "outside")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "linked.zip").symlink_to(outside.path)
    (folder / "linked").symlink_to(outside.path.parent)
    os.mkfifo(folder / "pipe.zip")
    (folder / ".bills.zip.part").write_bytes(b"begun")
    done = _verified(folder)
    assert done.is_well
    assert {finding.code for finding in done.findings} == {FindingCode.PASSED_OVER}
    assert [finding.place for finding in done.findings] == ["linked", "linked.zip", "pipe.zip"]
    assert done.files == 0


def test_folders_are_looked_into(tmp_path: Path) -> None:
    a_delivery(tmp_path / "a" / "b")
    an_export(tmp_path / "c")
    assert _verified(tmp_path).findings == []
    assert _verified(tmp_path).files == 2


def test_names_move_no_cursor(tmp_path: Path) -> None:
    for name in (b"\x1b[2J\x1b]0;owned\x07.zip", b"\xff\xfe.csv", "\u202egpj.zip".encode()):
        (tmp_path / os.fsdecode(name)).write_bytes(b"no zip")
    places = [finding.place for finding in _verified(tmp_path).findings]
    assert places == [r"\x1b[2J\x1b]0;owned\x07.zip", r"\u202egpj.zip", r"\udcff\udcfe.csv"]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\0" * 5000])
def test_broken_zip_is_told(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "bills.zip").write_bytes(data)
    done = _verified(tmp_path)
    assert len(done.findings) == 1
    assert not done.is_well


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_zip_never_ends_in_anything_but_findings(
    data: st.DataObject, tmp_path: Path
) -> None:
    file_format = data.draw(st.sampled_from([ExportFormat.CSV, ExportFormat.XLSX]))
    written = an_export(tmp_path, format=file_format, parts=[some_rows(2)])
    damaged = bytearray(written.path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    written.path.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    for finding in _verified(tmp_path).findings:
        assert finding.message.endswith(".")


def _bomb(written: Written, entry: str, size: int) -> None:
    """A zip whose entry unpacks to far more than the manifest says of it."""
    with zipfile.ZipFile(written.path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(entry, "w") as file:
            for _ in range(size >> 20):
                file.write(b" " * (1 << 20))
        if entry != MANIFEST_ENTRY:
            archive.writestr(MANIFEST_ENTRY, manifest_text(written.manifest))


def test_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    written = an_export(tmp_path, parts=[some_rows(2)])
    _bomb(written, "bills-part-0001.csv", 1 << 28)
    tracemalloc.start()
    messages = _messages(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert f"It has more than {len(written.parts['bills-part-0001.csv'])} bytes, but the" in (
        " ".join(messages)
    )
    assert peak < 20_000_000


def test_manifest_that_is_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    _bomb(an_export(tmp_path), MANIFEST_ENTRY, 1 << 27)
    assert _messages(tmp_path) == ["It is longer than 8,000,000 characters."]


def test_sheet_that_is_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    inner = io.BytesIO()
    sheet = b"<sheetData>" + b" " * (1 << 26)
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    _sheet(tmp_path, inner.getvalue())
    assert _messages(tmp_path) == [
        "It cannot be read: the sheet is larger than so many rows can be."
    ]


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><sheetData/>', "the sheet declares a document type"),
        (b"<sheetData>", "the sheet is no XML from line 1 on"),
        (b"<sheetData><row><c r='ZZZZ1'><v>1</v></c></row></sheetData>",
         "a row has more cells than there are columns"),
        (b"<sheetData><row><c><v>" + b"1" * 50_000 + b"</v></c></row></sheetData>",
         "a cell has more than 40,000 characters"),
        (b"<sheetData><row><c><v>1</v></c></row></sheetData>",
         "its header is not what the manifest says"),
    ],
)  # fmt: skip
def test_odd_sheet_is_told(sheet: bytes, reason: str, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    _sheet(tmp_path, inner.getvalue())
    assert _messages(tmp_path) == [f"It cannot be read: {reason}."]


def _sheet(folder: Path, data: bytes) -> None:
    """An export whose only part is this workbook, as its manifest says."""
    written = an_export(folder, format=ExportFormat.XLSX, parts=[some_rows(2)])
    [part] = written.manifest.parts
    part = replace(part, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    written.zip_again({part.name: data}, replace(written.manifest, parts=(part,), bills=()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "its header is not what the manifest says"),
        (b"\xff", "line 1: it is not UTF-8 text"),
        (b"a\0b", "line 1: it contains a NUL byte, so it is not text"),
        (b"cycle,currency,bill,version,charge,settlement_amount\r\n1,2\r\n",
         "a row before line 3 has not 6 cells"),
        (b"cycle,currency,bill,version,charge,settlement_amount\r\n,CNY,,,,1e999999\r\n",
         "'1e999999' is no amount"),
        (b"cycle,currency,bill,version,charge,settlement_amount\r\n,CNY,,,,NaN\r\n",
         "'NaN' is no amount"),
        (b"cycle,currency,bill,version,charge,settlement_amount\r\n,\x1b[2J,,,,1\r\n",
         r"a row has the currency '\\x1b[2J'"),
        (b'cycle,currency,bill,version,charge,settlement_amount\r\n"' + b"1" * 200_000,
         "line 2: field larger than field limit (131072)"),
    ],
)  # fmt: skip
def test_odd_rows_are_told(content: bytes, reason: str, tmp_path: Path) -> None:
    written = an_export(tmp_path)
    part = a_part(name="bills.csv", size=len(content))
    written.zip_again({"bills.csv": content}, replace(a_manifest(), parts=(part,), bills=()))
    assert _messages(tmp_path)[0] == f"It cannot be read: {reason}."


def test_other_files_are_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    (tmp_path / "bills.csv.gz").write_bytes(gzip.compress(b"x"))
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "x")
    done = _verified(tmp_path)
    assert [finding.code for finding in done.findings] == [FindingCode.MANIFEST_MISSING] * 3
