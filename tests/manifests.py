"""Manifests for tests, with visible defaults."""

from datetime import date
from decimal import Decimal
from typing import Any

from models.rules.exports import ExportFormat
from models.rules.manifests import Manifest, ManifestBill, ManifestPart

SHA256 = "0" * 64


def a_part(**changes: Any) -> ManifestPart:
    """One part of two rows of CNY 3.5 altogether."""
    said: dict[str, Any] = {"name": "bills-001.csv", "rows": 2, "size": 40, "sha256": SHA256}
    return ManifestPart(**{**said, "sums": {"CNY": Decimal("3.5")}, **changes})


def a_manifest_bill(**changes: Any) -> ManifestBill:
    """The bill that these two rows are of."""
    said: dict[str, Any] = {
        "bill": "bil_1",
        "version": 1,
        "digest": SHA256,
        "cycle": "2026-03",
        "kind": "RESELLER",
        "currency": "CNY",
        "rows": 2,
        "total": Decimal("3.5"),
    }
    return ManifestBill(**{**said, **changes})


def a_manifest(**changes: Any) -> Manifest:
    """An export of one bill in one part."""
    said: dict[str, Any] = {
        "owner": None,
        "partner": "prt_1",
        "account": None,
        "view": "DETAILS",
        "format": ExportFormat.CSV,
        "period": (date(2026, 3, 1), date(2026, 3, 31)),
        "is_provisional": False,
        "columns": ("cycle", "currency", "bill", "version", "charge", "settlement_amount"),
        "amount": "settlement_amount",
        "bills": (a_manifest_bill(),),
        "parts": (a_part(),),
    }
    return Manifest(**{**said, **changes})
