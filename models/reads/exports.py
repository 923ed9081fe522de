"""What an exported file is made of: bills, people, and the runs of rows of each bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.adapters.database import Database
from models.reads.accounts import Source
from models.reads.export_sources import ChargeRange, charge_source
from models.reads.export_summaries import summary_source
from models.reads.line_statements import Statement, line_statement
from models.rules.anonymity_text import Person
from models.rules.export_columns import control_column, selected_columns
from models.rules.exports import Column, ExportFormat, ExportView
from models.rules.ids import IdPrefix, public_id
from models.rules.manifests import ManifestBill
from models.rules.money import canonical


@dataclass(frozen=True, slots=True)
class ExportedBill:
    """One version of a bill that stands in a file; `settlement` is E + R + A, exact (I1)."""

    partner_id: int
    bill_id: int
    version_id: int
    version: int
    digest: str
    cycle: str
    kind: str
    currency: str
    through_posting: int
    charge_count: int
    settlement: Decimal
    bill_amount: Decimal

    @property
    def cells(self) -> dict[str, str]:
        """The cells that every row of this bill has, by column."""
        return {
            "cycle": self.cycle,
            "kind": self.kind,
            "currency": self.currency,
            "bill": public_id(IdPrefix.BILL, self.bill_id),
            "version": str(self.version),
        }

    @property
    def said(self) -> ManifestBill:
        """Which version a manifest names; its part in a file is filled in as that is written."""
        return ManifestBill(
            bill=public_id(IdPrefix.BILL, self.bill_id),
            version=self.version,
            digest=self.digest,
            cycle=self.cycle,
            kind=self.kind,
            currency=self.currency,
            rows=0,
            total=Decimal(0),
        )

    @property
    def charges(self) -> ChargeRange:
        """The charges of this version, for ever."""
        return ChargeRange(
            "c.partner_id = $1 AND c.cycle = $2 AND c.kind = $3 AND c.currency = $4"
            " AND c.posting <= $5",
            (self.partner_id, self.cycle, self.kind, self.currency, self.through_posting),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Some rows of one bill in a stable order, each with the control amount as its last cell.

    `expected` is what these amounts must add up to, `expected_rows` how many rows there must be.
    """

    bill: ExportedBill
    statement: Statement
    expected: Decimal
    expected_rows: int


async def exported_bills(
    db: Database, partner_id: int, version_ids: list[int]
) -> list[ExportedBill]:
    """The bills of a file in the order in which they stand in it: cycle, kind, currency."""
    numbers = ", ".join(str(int(version_id)) for version_id in version_ids)
    rows = await db.fetch(
        "SELECT v.partner_id, v.bill_id, v.id AS version_id, v.number AS version, v.digest,"
        " b.cycle, b.kind, b.currency, v.through_posting, v.charge_count, v.settlement,"
        " v.bill_amount FROM bill_versions v JOIN bills b"
        " ON b.partner_id = v.partner_id AND b.id = v.bill_id"
        f" WHERE v.partner_id = $1 AND v.id IN ({numbers})",
        partner_id,
    )
    bills = [_bill(dict(row)) for row in rows]
    return sorted(bills, key=lambda bill: (bill.cycle, bill.kind, bill.currency))


def _bill(row: dict[str, Any]) -> ExportedBill:
    amounts = {name: canonical(Decimal(row[name])) for name in ("settlement", "bill_amount")}
    return ExportedBill(**row | amounts)


async def customers_of(source: Source, partner_id: int) -> list[Person]:
    """Every customer of a partner, with the values that no file may show (R37).

    Behind those of today stand those that a customer had before, or that a file gave it.
    """
    rows = await source.fetch(
        "SELECT token, name, mobile, email FROM customers WHERE partner_id = $1 ORDER BY id",
        partner_id,
    )
    others = await source.fetch(
        "SELECT c.token, v.kind, v.value FROM customer_values v JOIN customers c"
        " ON c.partner_id = v.partner_id AND c.id = v.customer_id"
        " WHERE v.partner_id = $1 ORDER BY v.id",
        partner_id,
    )
    former = (Person(token, **{"name": "", kind.lower(): value}) for token, kind, value in others)
    return [*(Person(*row) for row in rows), *former]


async def view_runs(
    db: Database, view: ExportView, bills: Sequence[ExportedBill], columns: Sequence[Column]
) -> list[Run]:
    """The rows of the bills in a view: one run each; `columns` are those of the file."""
    selected = selected_columns(columns, control_column(view, ExportFormat.CSV))
    if view is ExportView.DETAILS:
        counts = {bill.version_id: bill.charge_count for bill in bills}
    else:
        counts = await _group_counts(db, view, bills)
    runs = []
    for bill in bills:
        if view is ExportView.DETAILS:
            source = charge_source(db.dialect, bill.charges, bill.cells)
        else:
            source = summary_source(
                db.dialect, view, (bill.partner_id, bill.version_id), bill.cells
            )
        statement = line_statement(db.dialect, source, selected)
        runs.append(Run(bill, statement, bill.settlement, counts.get(bill.version_id, 0)))
    return runs


_GROUPS = {
    ExportView.BY_PRODUCT: "version_id, product, market, region",
    ExportView.BY_CUSTOMER: "version_id, customer_id",
}


async def _group_counts(
    db: Database, view: ExportView, bills: Sequence[ExportedBill]
) -> dict[int, int]:
    numbers = ", ".join(str(bill.version_id) for bill in bills)
    rows = await db.fetch(
        f"SELECT version_id, count(*) FROM (SELECT DISTINCT {_GROUPS[view]} FROM product_lines"
        f" WHERE partner_id = $1 AND version_id IN ({numbers})) counted GROUP BY version_id",
        bills[0].partner_id,
    )
    return {int(version_id): int(count) for version_id, count in rows}
