"""Exports and deliveries for tests, as they lie in a folder: real sheets, zips and manifests."""

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from models.adapters.files import LocalFiles
from models.adapters.sheets import open_sheet
from models.rules.exports import Column, ColumnKind, ExportFormat, extension
from models.rules.manifests import (
    MANIFEST_ENTRY,
    Manifest,
    ManifestFile,
    ManifestPart,
    added_up,
    manifest_name,
    manifest_text,
)
from tests.manifests import a_manifest, a_manifest_bill

COLUMNS = (
    *(Column("cycle"), Column("currency"), Column("bill"), Column("version"), Column("charge")),
    Column("product", ColumnKind.TEXT),
    Column("settlement_amount", ColumnKind.AMOUNT),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A charge of a bill."""

    charge: str
    amount: str
    currency: str = "CNY"
    bill: str = "bil_1"

    def line(self) -> str:
        text = f'2026-03,{self.currency},{self.bill},1,{self.charge},"Cloud, ""server""",'
        return text + self.amount


def some_rows(count: int, first: int = 1, amount: str = "0.000000000000000001") -> list[Row]:
    """Charges with rising numbers, each of the same amount."""
    return [Row(f"chg_{number}", amount) for number in range(first, first + count)]


THREE_PARTS = (some_rows(3), some_rows(3, 4, "-12345678901234567890.5"), some_rows(2, 7, "0"))


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a folder: a file, the bytes of its parts, and what is said of them."""

    path: Path
    manifest: Manifest
    parts: dict[str, bytes]

    @property
    def beside(self) -> Path:
        """The manifest beside it."""
        return self.path.with_name(manifest_name(self.path.name))

    def zip_again(self, parts: dict[str, bytes], manifest: Manifest) -> None:
        """Write the zip anew, the manifest beside it with its hash as well: a careful forger."""
        with ZipFile(self.path, "w", ZIP_DEFLATED) as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
            archive.writestr(MANIFEST_ENTRY, manifest_text(manifest))
        if self.beside.exists():
            self.beside.write_text(manifest_text(_beside(self.path, manifest)))


def an_export(folder: Path, name: str = "bills.zip", **changes: Any) -> Written:
    """A zip as it was downloaded: `parts` are rows, `format` and the manifest as wanted."""
    rows: Sequence[Sequence[Row]] = changes.pop("parts", THREE_PARTS)
    file_format = changes.pop("format", ExportFormat.CSV)
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        f"bills-part-{number:04}.{extension(file_format)}": _sheet(folder, file_format, some)
        for number, some in enumerate(rows, 1)
    }
    said = [_said(*part, some) for part, some in zip(parts.items(), rows, strict=True)]
    manifest = a_manifest(
        format=file_format,
        columns=tuple(column.name for column in COLUMNS),
        parts=tuple(said),
        bills=_bills([row for some in rows for row in some]),
    )
    written = Written(folder / name, replace(manifest, **changes), parts)
    written.zip_again(parts, written.manifest)
    return written


def a_delivery(folder: Path, name: str = "bills.zip", **changes: Any) -> Written:
    """A zip as it was delivered, with its manifest beside it."""
    written = an_export(folder, name, **{"owner": "dlv_1", "kind": "RESELLER", **changes})
    written.beside.write_text(manifest_text(_beside(written.path, written.manifest)))
    return written


def _beside(path: Path, manifest: Manifest) -> Manifest:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return replace(manifest, file=ManifestFile(path.name, len(data), digest))


def _sheet(folder: Path, file_format: ExportFormat, rows: Sequence[Row]) -> bytes:
    place = folder / ".made"
    place.mkdir()
    with closing(LocalFiles(place).create("part")) as file:
        sheet = open_sheet(file_format, COLUMNS, file, place)
        sheet.begin()
        sheet.add([row.line() for row in rows])
        sheet.end()
        file.commit()
        sheet.close()
    data = (place / "part").read_bytes()
    shutil.rmtree(place)
    return data


def _said(name: str, data: bytes, rows: Sequence[Row]) -> ManifestPart:
    sums = added_up({row.currency: Decimal(row.amount)} for row in rows)
    return ManifestPart(name, len(rows), len(data), hashlib.sha256(data).hexdigest(), sums)


def _bills(rows: Sequence[Row]) -> tuple[Any, ...]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.bill, row.currency), []).append(row)
    return tuple(
        a_manifest_bill(
            bill=bill,
            currency=currency,
            rows=len(some),
            total=added_up({currency: Decimal(row.amount)} for row in some)[currency],
        )
        for (bill, currency), some in found.items()
    )
