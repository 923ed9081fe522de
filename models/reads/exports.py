"""What an exported file is made of: bills, people, and the rows of each view as lines of CSV.

The database writes the lines, as it does so several times as fast as Python would.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.adapters.database import Database
from models.adapters.dialects import Dialect
from models.rules.anonymity_text import Person
from models.rules.exports import VIEW_COLUMNS, ColumnKind, ExportView
from models.rules.ids import IdPrefix, public_id


@dataclass(frozen=True, slots=True)
class ExportedBill:
    """One version of a bill that stands in a file; `settlement` is E + R + A, exact (I1)."""

    partner_id: int
    bill_id: int
    version_id: int
    version: int
    cycle: str
    kind: str
    currency: str
    through_posting: int
    charge_count: int
    settlement: Decimal

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that every row of this bill begins with."""
        bill = public_id(IdPrefix.BILL, self.bill_id)
        return (self.cycle, self.kind, self.currency, bill, str(self.version))


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and what it binds."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a view's rows come from: an expression for each column, tables, a stable order."""

    cells: dict[str, str]
    tables: str
    order: str


async def exported_bills(db: Database, version_ids: list[int]) -> list[ExportedBill]:
    """The bills of a file in the order in which they stand in it: cycle, kind, currency."""
    numbers = ", ".join(str(int(version_id)) for version_id in version_ids)
    rows = await db.fetch(
        "SELECT v.partner_id, v.bill_id, v.id AS version_id, v.number AS version, b.cycle, b.kind,"
        " b.currency, v.through_posting, v.charge_count, v.settlement"
        " FROM bill_versions v JOIN bills b ON b.id = v.bill_id"
        f" WHERE v.id IN ({numbers})"
    )
    bills = [ExportedBill(**dict(row) | {"settlement": Decimal(row["settlement"])}) for row in rows]
    return sorted(bills, key=lambda bill: (bill.cycle, bill.kind, bill.currency))


async def customers_of(db: Database, partner_id: int) -> list[Person]:
    """Every customer of a partner, with the values that no file may show (R37)."""
    rows = await db.fetch(
        "SELECT token, name, mobile, email FROM customers WHERE partner_id = $1 ORDER BY id",
        partner_id,
    )
    return [Person(*row) for row in rows]


async def row_count(db: Database, view: ExportView, bills: list[ExportedBill]) -> int:
    """How many rows the file will have, its header not counted."""
    if view is ExportView.DETAILS:
        return sum(bill.charge_count for bill in bills)
    numbers = ", ".join(str(bill.version_id) for bill in bills)
    groups = {
        ExportView.BY_PRODUCT: "version_id, product, market, region",
        ExportView.BY_CUSTOMER: "version_id, customer_id",
    }[view]
    rows = await db.fetch(
        f"SELECT count(*) FROM (SELECT DISTINCT {groups} FROM product_lines"
        f" WHERE version_id IN ({numbers})) counted"
    )
    return int(rows[0][0])


def csv_lines(dialect: Dialect, view: ExportView, bill: ExportedBill) -> Statement:
    """The rows of one bill as lines of CSV without their ends, in one column, in a stable order.

    Texts are quoted and nothing else is; nothing is anonymised yet.
    """
    source = _SOURCES[view](dialect)
    columns = VIEW_COLUMNS[view]
    cells = ["CAST($1 AS TEXT)", *(source.cells[column.name] for column in columns)]
    texts = {i for i, column in enumerate(columns, 1) if column.kind is ColumnKind.TEXT}
    line = dialect.csv_line(cells, texts)
    sql = f"SELECT {line} AS line FROM {source.tables} ORDER BY {source.order}"
    return Statement(sql, (",".join(bill.cells), *_values(view, bill)))


def _values(view: ExportView, bill: ExportedBill) -> tuple[Any, ...]:
    if view is not ExportView.DETAILS:
        return (bill.version_id,)
    return (bill.partner_id, bill.cycle, bill.kind, bill.currency, bill.through_posting)


_ADDENDS = ("expenditures", "refunds", "adjustments", "total")


def _by_product(d: Dialect) -> _Source:
    names = ("product", "market", "region")
    return _Source(
        {name: f"l.{name}" for name in names}
        | {name: d.amount_text(d.sum(f"l.{name}")) for name in _ADDENDS},
        "product_lines l WHERE l.version_id = $2 GROUP BY l.product, l.market, l.region",
        ", ".join(f"l.{name}{d.bytewise} NULLS FIRST" for name in names),
    )


def _by_customer(d: Dialect) -> _Source:
    """Largest first; what belongs to no customer stands last, without a token (I9)."""
    sums = ", ".join(f"{d.sum(name)} AS {name}" for name in _ADDENDS)
    return _Source(
        {"customer": "k.token"} | {name: d.amount_text(f"r.{name}") for name in _ADDENDS},
        f"(SELECT customer_id, rank, {', '.join(_ADDENDS)} FROM bill_customers"
        f" WHERE version_id = $2 UNION ALL SELECT NULL, NULL, {sums} FROM product_lines"
        " WHERE version_id = $2 AND customer_id IS NULL GROUP BY version_id) r"
        " LEFT JOIN customers k ON k.id = r.customer_id",
        "r.rank NULLS LAST",
    )


def _details(d: Dialect) -> _Source:
    amount = d.amount_text("c.amount")
    difference = d.amount_text(d.minus("c.list_amount", "c.amount"))
    instants = {
        "usage_start": "c.usage_start",
        "usage_end": "c.usage_end",
        "transaction_time": "c.posted_at",
    }
    own = ("charge_type", "market", "product", "region", "resource", "billing_mode", "unit")
    return _Source(
        {name: f"c.{name}" for name in own}
        | {name: d.instant_brief(column) for name, column in instants.items()}
        | {
            "charge": "'chg_' || c.id",
            "customer": "k.token",
            "transaction": "c.transaction_ref",
            "original_charge": "c.original_ref",
            "quantity": d.amount_text("c.quantity"),
            "list_amount": d.amount_text("c.list_amount"),
            # Mostly there is none, and subtracting exactly is slow on SQLite.
            "discount": f"CASE WHEN c.list_amount = c.amount THEN '0' ELSE {difference} END",
            "tax": f"CASE WHEN c.charge_type = 'TAX' THEN {amount} END",
            # A tax is part of no settlement (I1): here it adds nothing.
            "settlement_amount": f"CASE WHEN c.charge_type = 'TAX' THEN '0' ELSE {amount} END",
        },
        "charges c LEFT JOIN customers k ON k.id = c.customer_id"
        " WHERE c.partner_id = $2 AND c.cycle = $3 AND c.kind = $4 AND c.currency = $5"
        " AND c.posting <= $6",
        "c.customer_id NULLS LAST, c.id",
    )


_SOURCES = {
    ExportView.BY_PRODUCT: _by_product,
    ExportView.BY_CUSTOMER: _by_customer,
    ExportView.DETAILS: _details,
}
