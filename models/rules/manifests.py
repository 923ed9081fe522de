"""What a file holds, said beside it: parts, rows, control sums, hashes, period, versions (R69).

A manifest stands within a zip as its last entry, and beside a delivered object under that one's
name; there it is written last, so that a reader who sees it sees all. `manifest_parsing` reads it
back.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from models.rules.exports import ExportFormat
from models.rules.money import EXACT, amount_text
from models.rules.storage_states import DeliveryKind

MANIFEST_FORMAT = "partner-bills manifest 1"
MANIFEST_ENTRY = "manifest.json"
MANIFEST_SUFFIX = ".manifest.json"


def manifest_name(file_name: str) -> str:
    """The name of the manifest that stands beside a file."""
    return file_name + MANIFEST_SUFFIX


def added_up(sums: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Control sums of several parts as one, exact, by currency in alphabetical order."""
    totals: dict[str, Decimal] = {}
    for some in sums:
        for currency, amount in some.items():
            totals[currency] = EXACT.add(totals.get(currency, Decimal(0)), amount)
    return dict(sorted(totals.items()))


@dataclass(frozen=True, slots=True)
class ManifestPart:
    """One part of a file; `sums` is, per currency, the exact sum of its rows' amounts (I14)."""

    name: str
    rows: int
    size: int
    sha256: str
    sums: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class ManifestBill:
    """One version of a bill that stands in a file; `total` is what its rows add up to."""

    bill: str
    version: int
    digest: str
    cycle: str
    kind: str
    currency: str
    rows: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """The object that a manifest stands beside."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is said of one export or delivery.

    `owner` is the public id of a delivery, and `kind` says of what; both are None for an export,
    which says the same each time that it is made (R70). `period` are the local days it covers,
    both included. `amount` names the column that the control sums are of, which is not among the
    `columns` unless it was chosen. `bills` is empty while there are none. `file` is set in a
    manifest that stands beside a file, None in the one within it.
    """

    owner: str | None
    partner: str
    account: str | None
    view: str
    format: ExportFormat
    period: tuple[date, date]
    is_provisional: bool
    columns: tuple[str, ...]
    amount: str
    bills: tuple[ManifestBill, ...]
    parts: tuple[ManifestPart, ...]
    file: ManifestFile | None = None
    kind: DeliveryKind | None = None

    @property
    def rows(self) -> int:
        """The rows of all parts, headers not counted."""
        return sum(part.rows for part in self.parts)

    @property
    def sums(self) -> dict[str, Decimal]:
        """Per currency, the exact sum over all parts."""
        return added_up(part.sums for part in self.parts)


def manifest_text(manifest: Manifest) -> str:
    """The manifest as JSON, always the same for the same one; amounts are texts (R65, R70)."""
    said = {
        "format": MANIFEST_FORMAT,
        "owner": manifest.owner,
        "partner": manifest.partner,
        "account": manifest.account,
        "kind": manifest.kind,
        "view": manifest.view,
        "fileFormat": manifest.format,
        "period": {"from": str(manifest.period[0]), "to": str(manifest.period[1])},
        "isProvisional": manifest.is_provisional,
        "columns": list(manifest.columns),
        "amount": manifest.amount,
        "rows": manifest.rows,
        "sums": sums_said(manifest.sums),
        "bills": [_bill_said(bill) for bill in manifest.bills],
        "parts": [_part_said(part) for part in manifest.parts],
        "file": _file_said(manifest.file) if manifest.file else None,
    }
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def sums_said(sums: dict[str, Decimal]) -> dict[str, str]:
    """Control sums as texts, in the order of their currencies."""
    return {currency: amount_text(amount) for currency, amount in sorted(sums.items())}


def _bill_said(bill: ManifestBill) -> dict[str, Any]:
    return {
        "bill": bill.bill,
        "version": bill.version,
        "digest": bill.digest,
        "cycle": bill.cycle,
        "kind": bill.kind,
        "currency": bill.currency,
        "rows": bill.rows,
        "total": amount_text(bill.total),
    }


def _file_said(file: ManifestFile) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256}


def _part_said(part: ManifestPart) -> dict[str, Any]:
    return {
        "name": part.name,
        "rows": part.rows,
        "size": part.size,
        "sha256": part.sha256,
        "sums": sums_said(part.sums),
    }
