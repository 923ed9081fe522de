"""Files of exports and deliveries that were damaged, each in one way: what is said of them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from models.adapters.folder_shelves import FolderShelf
from models.reads.verified_files import VerifiedFiles, verify_files
from models.rules.exports import ExportFormat
from models.rules.findings import FindingCode
from models.rules.manifests import Manifest
from tests.delivered import THREE_PARTS, Row, Written, a_delivery, an_export, some_rows


def _verified(folder: Path) -> VerifiedFiles:
    return verify_files(FolderShelf(folder))


def _codes(folder: Path) -> list[FindingCode]:
    return [finding.code for finding in _verified(folder).findings]


@pytest.mark.parametrize("file_format", ExportFormat)
@pytest.mark.parametrize("make", [an_export, a_delivery])
def test_file_of_each_format_is_as_it_should_be(
    make: Callable[..., Written], file_format: ExportFormat, tmp_path: Path
) -> None:
    make(tmp_path, format=file_format)
    done = _verified(tmp_path)
    assert done.findings == []
    assert (done.files, done.parts, done.rows) == (1, 3, 8)


def test_rows_of_several_bills_and_currencies_are_added_up_apart(tmp_path: Path) -> None:
    rows = [
        Row("chg_1", "1.5"),
        Row("chg_2", "2", "USD", "bil_2"),
        Row("chg_3", "-1", "USD", "bil_2"),
    ]
    a_delivery(tmp_path, parts=[rows[:2], rows[2:]])
    assert _verified(tmp_path).findings == []


def test_flipped_byte_is_found_wherever_it_is(tmp_path: Path) -> None:
    written = a_delivery(tmp_path)
    data = bytearray(written.path.read_bytes())
    for place in range(0, len(data), 7):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        written.path.write_bytes(damaged)
        assert FindingCode.HASH_DIFFERS in _codes(tmp_path)


def test_flipped_byte_in_a_download_is_told_with_its_part(tmp_path: Path) -> None:
    written = an_export(tmp_path)
    parts = dict(written.parts)
    name = "bills-part-0002.csv"
    parts[name] = parts[name].replace(b"chg_4,", b"chg_9,")
    written.zip_again(parts, written.manifest)
    [finding] = _verified(tmp_path).findings
    assert finding.place == f"bills.zip: {name}"
    assert finding.message == "Its content was changed: its SHA-256 is not that of the manifest."


def test_dropped_row_is_found_in_each_of_its_consequences(tmp_path: Path) -> None:
    written = an_export(tmp_path, parts=[some_rows(3, amount="1.5"), some_rows(3, 4, "2")])
    parts, name = dict(written.parts), "bills-part-0002.csv"
    lines = parts[name].split(b"\r\n")
    parts[name] = b"\r\n".join([lines[0], *lines[2:]])
    written.zip_again(parts, written.manifest)
    assert [finding.message for finding in _verified(tmp_path).findings] == [
        "2 rows, but the manifest says 3.",
        "Its rows add up to CNY 4, but the manifest says 6.",
        f"It has {len(parts[name])} bytes, but the manifest says {len(written.parts[name])}.",
        "bil_1, version 1: 5 rows, but the manifest says 6.",
        "bil_1, version 1: its rows add up to CNY 8.5, but the manifest says 10.5.",
    ]


def test_part_that_is_there_twice_is_found(tmp_path: Path) -> None:
    written = an_export(tmp_path)
    again = {"bills-part-0004.csv": written.parts["bills-part-0001.csv"]}
    written.zip_again({**written.parts, **again}, written.manifest)
    assert _codes(tmp_path) == [FindingCode.PART_EXTRA]


def test_charges_in_two_parts_are_named(tmp_path: Path) -> None:
    an_export(tmp_path, parts=[some_rows(8), some_rows(8, 3)])
    findings = _verified(tmp_path).findings
    assert [finding.message for finding in findings] == [
        *(
            f"Charge chg_{n} is there 2 times, in bills-part-0001.csv and bills-part-0002.csv."
            for n in range(3, 8)
        ),
        "So are 1 other charges, more than once.",
    ]
    assert {finding.code for finding in findings} == {FindingCode.CHARGE_TWICE}


def _with_part(manifest: Manifest, number: int, **changes: object) -> Manifest:
    parts = list(manifest.parts)
    parts[number] = replace(parts[number], **changes)  # type: ignore[arg-type]
    return replace(manifest, parts=tuple(parts))


def test_sum_that_was_changed_in_the_manifest_is_found(tmp_path: Path) -> None:
    written = a_delivery(tmp_path)
    changed = _with_part(written.manifest, 0, sums={"CNY": Decimal(7)})
    written.zip_again(written.parts, changed)
    assert _codes(tmp_path) == [FindingCode.BILLS_DIFFER, FindingCode.SUMS_DIFFER]


def test_sum_that_was_changed_in_rows_and_manifest_alike_is_not_that_of_the_bill(
    tmp_path: Path,
) -> None:
    honest = a_delivery(tmp_path)
    forged = a_delivery(tmp_path, parts=(some_rows(3, amount="7"), *THREE_PARTS[1:]))
    forged.zip_again(forged.parts, replace(forged.manifest, bills=honest.manifest.bills))
    assert set(_codes(tmp_path)) == {FindingCode.BILLS_DIFFER}


def test_rows_of_a_bill_that_is_not_in_the_manifest_are_found(tmp_path: Path) -> None:
    honest = a_delivery(tmp_path, parts=[some_rows(2)])
    other = a_delivery(
        tmp_path, parts=[[replace(row, bill="bil_2\x1b[2J") for row in some_rows(2)]]
    )
    other.zip_again(other.parts, replace(other.manifest, bills=honest.manifest.bills))
    messages = [finding.message for finding in _verified(tmp_path).findings]
    assert r"There are 2 rows of bil_2\x1b[2J, version 1, which is not in the manifest." in messages
    assert all(message.isprintable() for message in messages)


def test_missing_part_and_order_are_found(tmp_path: Path) -> None:
    written = an_export(tmp_path)
    first, second, third = written.parts.items()
    written.zip_again(dict([second, first]), written.manifest)
    assert _codes(tmp_path) == [FindingCode.PART_MISSING, FindingCode.PARTS_OUT_OF_ORDER]
    written.zip_again(dict([third, second, first]), written.manifest)
    assert _codes(tmp_path) == [FindingCode.PARTS_OUT_OF_ORDER]


def test_truncated_file_is_found(tmp_path: Path) -> None:
    written = a_delivery(tmp_path)
    data = written.path.read_bytes()
    for size in range(0, len(data), 11):
        written.path.write_bytes(data[:size])
        assert _codes(tmp_path) == [FindingCode.SIZE_DIFFERS, FindingCode.UNREADABLE]


def test_larger_file_is_found(tmp_path: Path) -> None:
    written = a_delivery(tmp_path)
    with written.path.open("ab") as file:
        file.write(b"\0")
    assert FindingCode.SIZE_DIFFERS in _codes(tmp_path)


def test_delivery_without_its_manifest_is_unfinished(tmp_path: Path) -> None:
    a_delivery(tmp_path).beside.unlink()
    assert _codes(tmp_path) == [FindingCode.MANIFEST_MISSING]


def test_manifest_without_its_file_is_told(tmp_path: Path) -> None:
    a_delivery(tmp_path).path.unlink()
    [finding] = _verified(tmp_path).findings
    assert (finding.code, finding.place) == (FindingCode.FILE_MISSING, "bills.zip.manifest.json")


def test_manifest_beside_that_says_something_else_is_a_contradiction(tmp_path: Path) -> None:
    written = a_delivery(tmp_path)
    text = written.beside.read_text()
    written.beside.write_text(text.replace('"isProvisional": false', '"isProvisional": true'))
    assert _codes(tmp_path) == [FindingCode.CONTRADICTION]


@pytest.mark.parametrize("text", ["", "{", "\x00", "[]"])
def test_manifest_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    a_delivery(tmp_path).beside.write_text(text)
    assert _codes(tmp_path) == [FindingCode.MANIFEST_INVALID]


def test_manifest_of_another_file_is_not_gone_by(tmp_path: Path) -> None:
    written = a_delivery(tmp_path)
    written.path.rename(tmp_path / "other.zip")
    written.beside.rename(tmp_path / "other.zip.manifest.json")
    [finding] = _verified(tmp_path).findings
    assert finding.message == "Its manifest cannot be gone by: It is about another file."
