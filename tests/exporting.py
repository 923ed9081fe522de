"""A partner with two months of bills, and exports of them run as a worker would run them."""

import atexit
import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from models.actions.artefacts import Clock, Workshop
from models.actions.bills import issue_bills
from models.actions.export_terms import ExportTerms
from models.actions.export_writing import write_export
from models.actions.exports import RequestedExport, request_export
from models.actions.jobs import Claimant, ClaimedJob, claim_one
from models.adapters.database import Database
from models.adapters.files import FileStore, LocalFiles
from models.adapters.settings import EXAMPLE_VENDOR
from models.rules.exports import ExportFormat, ExportOrder, ExportView
from models.rules.jobs import JobKind
from models.rules.months import BillingMonth
from models.rules.principals import Principal, Role
from models.tables.exports import ExportJob
from tests.builders import a_customer, a_partner, some_charges

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
KEPT = timedelta(days=30)
TERMS = ExportTerms(KEPT, 2**30, 20, EXAMPLE_VENDOR)
MANY_ROWS = 100_000
MAKING = Path(mkdtemp(prefix="bills-making-"))
atexit.register(rmtree, MAKING)
LEASE = timedelta(seconds=20)
AT = datetime(2026, 1, 31, 15, 59, 59, 123456, tzinfo=UTC)


def finance(partner: int) -> Principal:
    """Ann, of the partner's finance."""
    return Principal("ann", Role.PARTNER_FINANCE, partner)


def an_order(first: str = "2026-01", last: str = "2026-02", **changes: Any) -> ExportOrder:
    """The details of two months, unless changed."""
    values = {"view": ExportView.DETAILS, "format": ExportFormat.CSV} | changes
    return ExportOrder(BillingMonth.parse(first), BillingMonth.parse(last), **values)


async def a_billed_partner(db: Database) -> int:
    """Two cycles, both kinds, two currencies, refunds, tax, no customer, no region; its id."""
    partner = await a_partner(db)
    acme = await a_customer(
        db, partner, "acme", name="Acme Trading", mobile="+86 138 0013 8000", email="li@acme.test"
    )
    zhang = await a_customer(db, partner, "zhang", name="张伟", token="token-zhang")
    rows: list[dict[str, Any]] = [
        {"customer_id": acme, "amount": "0.1", "list_amount": Decimal("0.25"), "resource": "vm-1"},
        {"customer_id": acme, "amount": "0.2", "region": None, "quantity": Decimal("1E+3")},
        {"customer_id": acme, "amount": "-0.05", "charge_type": "REFUND", "original_ref": "ord,1"},
        {"customer_id": zhang, "amount": "0.000000000000000001", "unit": 'GB "x" Hours'},
        {"customer_id": zhang, "amount": "0.06", "charge_type": "TAX"},
        {"customer_id": zhang, "amount": "3", "currency": "JPY", "market": "MARKETPLACE"},
        {"amount": "-1.5", "charge_type": "ADJUSTMENT", "transaction_ref": "first\nsecond"},
        {"amount": "7", "kind": "SELF_USE", "usage_start": AT, "usage_end": AT},
    ]
    for cycle in ("2026-01", "2026-02"):
        await some_charges(db, partner, [row | {"cycle": cycle} for row in rows])
        await db.transact(issue_bills, partner_id=partner, cycle=cycle, now=NOW)
    return partner


async def asked(
    db: Database, partner: int, *, terms: ExportTerms = TERMS, **changes: Any
) -> RequestedExport:
    """An export that was asked for."""
    order = an_order(**changes)
    return await db.transact(request_export, finance(partner), order=order, terms=terms, now=NOW)


async def claimed(
    db: Database, asked_for: RequestedExport, owner: str = "w", *, at: datetime = NOW
) -> ClaimedJob:
    """The job of an export in a worker's hands."""
    claimant = Claimant(owner, LEASE, frozenset({JobKind.EXPORT}))
    job = await db.transact(claim_one, claimant, job_id=asked_for.job_id, now=at)
    assert job is not None
    return job


def a_workshop(
    db: Database, files: FileStore, *, rows_per_part: int = MANY_ROWS, now: Clock = lambda: NOW
) -> Workshop:
    """Where files are made."""
    return Workshop(db, files, MAKING, rows_per_part, now)


async def run(
    db: Database, files: FileStore, job: ClaimedJob, *, rows_per_part: int = MANY_ROWS
) -> None:
    """What the worker does with the job."""
    workshop = a_workshop(db, files, rows_per_part=rows_per_part)
    await write_export(workshop, job, terms=TERMS)


async def exported(
    db: Database, folder: Path, partner: int, *, rows_per_part: int = MANY_ROWS, **changes: Any
) -> "Exported":
    """The file of an export, made from the beginning."""
    export = await asked(db, partner, **changes)
    job = await claimed(db, export)
    await run(db, LocalFiles(folder), job, rows_per_part=rows_per_part)
    row = await ExportJob.get(id=export.export_id)
    assert row.object_key is not None
    return Exported(row, (folder / row.object_key).read_bytes())


def left_in(folder: Path) -> list[str]:
    """The files in a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*"))


@dataclass(frozen=True)
class Exported:
    """An export's row, and the bytes of its file."""

    job: ExportJob
    content: bytes

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows by column, as any reader of CSV sees them."""
        text = io.StringIO(self.content.decode(), newline="")
        return list(csv.DictReader(text, strict=True))

    def sums(self, column: str) -> dict[str, Decimal]:
        """The sum of a column for each bill, by id."""
        sums: dict[str, Decimal] = {}
        for row in self.rows:
            sums[row["bill"]] = sums.get(row["bill"], Decimal(0)) + Decimal(row[column])
        return sums
