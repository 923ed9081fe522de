"""A partner whose bill has every kind of line, and its FOCUS file."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.actions.bills import issue_bills
from models.adapters.database import Database, Tx
from models.adapters.text_search import finder_of
from models.reads.exports import customers_of, exported_bills
from models.reads.focus_exports import focus_runs
from models.rules.anonymity_text import Scrubber
from models.rules.export_lines import SafeLines, last_cells_sum
from models.rules.exports import ExportFormat
from models.rules.focus_export import FOCUS_COLUMNS
from models.tables.bills import BillVersion
from models.tables.coupons import Coupon, TaxComponent
from tests.builders import a_customer, a_partner, some_charges
from tests.sheets import write_file

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
USED = datetime(2026, 1, 31, 16, tzinfo=UTC)  # midnight in Shanghai
VENDOR = 'Example "Cloud" Vendor, Ltd.'
CYCLE = "2026-02"


async def a_billed_partner(db: Database) -> int:
    """Bills of two kinds and currencies with coupons, rounding and tax of both sorts; its id."""
    partner = await a_partner(db, name="=Northwind, Cloud")
    acme = await a_customer(
        db, partner, "acme", name="Acme Trading", mobile="+86 138 0013 8000", email="li@acme.test"
    )
    await db.transact(_terms, partner)
    used: dict[str, Any] = {"customer_id": acme, "usage_start": USED, "usage_end": NOW}
    rows: list[dict[str, Any]] = [
        used | {"amount": "100.123456789012345678", "list_amount": Decimal("125.5")},
        used | {"amount": "0.5", "quantity": Decimal("1000"), "unit": "GB"},
        used | {"amount": "-30.25", "charge_type": "REFUND", "original_ref": "ord,1"},
        used | {"amount": "9", "category": "Purchase", "billing_mode": "SUBSCRIPTION"},
        {"customer_id": acme, "amount": "0.06", "charge_type": "TAX", "category": "Tax"},
        {"amount": "-1.5", "charge_type": "ADJUSTMENT", "category": "Credit", "region": None},
        {"amount": "2.5", "charge_type": "ADJUSTMENT", "category": "Adjustment", "corrects_id": 1},
        {"customer_id": acme, "amount": "3", "currency": "JPY", "market": "MARKETPLACE"},
        {"amount": "7.125", "kind": "SELF_USE", "description": "=Acme Trading\nli@acme.test"},
        {"amount": "1", "origin_cycle": "2026-01", "resource": "vm-ACME-trading"},
    ]
    await some_charges(db, partner, [row | {"cycle": CYCLE} for row in rows])
    await db.transact(issue_bills, partner_id=partner, cycle=CYCLE, now=NOW)
    return partner


async def _terms(tx: Tx, partner: int) -> None:
    days = {"valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31)}
    granted = {"granted_by": "sam", "granted_at": NOW}
    await Coupon.create(
        **{"partner_id": partner, "name": "Welcome", "currency": "USD"},
        **{"amount": Decimal("50.125"), **days, **granted},
    )
    await TaxComponent.create(
        partner_id=partner, name="VAT", rate=Decimal("0.06"), first_cycle="2026-01"
    )


async def a_focus_file(db: Database, folder: Path, partner: int) -> Path:
    """The FOCUS file of all of a partner's bills, which the database agrees to."""
    bills = await exported_bills(db, partner, [version.id for version in await BillVersion.all()])
    scrubber = Scrubber(await customers_of(db, partner), finder_of)
    clean = SafeLines(FOCUS_COLUMNS, scrubber, ExportFormat.FOCUS_CSV).clean
    batches = []
    for run in await focus_runs(db, bills, vendor=VENDOR):
        rows = await db.fetch(run.statement.sql, *run.statement.values)
        lines = clean([row["line"] for row in rows])
        assert (len(lines), last_cells_sum(lines)) == (run.expected_rows, run.expected)
        batches.append(lines)
    return write_file(folder, ExportFormat.FOCUS_CSV, FOCUS_COLUMNS, *batches)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file by column."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))
