"""Lines of CSV as both databases write them."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.adapters.database import Database
from models.reads.exports import ExportedBill, exported_bills, view_runs
from models.rules.export_columns import chosen_columns
from models.rules.exports import ExportFormat, ExportView, file_columns
from models.tables.bills import BillVersion
from tests.builders import a_partner, some_charges
from tests.exporting import NOW, a_billed_partner, issue_bills

AT = datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)


async def lines(db: Database, rows: list[dict[str, Any]]) -> list[list[str]]:
    """The cells of charges that were just billed, in order."""
    partner = await a_partner(db)
    await some_charges(db, partner, rows)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    [bill] = await exported_bills(db, 1, [(await BillVersion.all())[0].id])
    return await cells_of(db, ExportView.DETAILS, bill)


async def cells_of(
    db: Database, view: ExportView, bill: ExportedBill, names: list[str] | None = None
) -> list[list[str]]:
    columns = chosen_columns(view, ExportFormat.CSV, names)
    [run] = await view_runs(db, view, [bill], columns)
    found = await db.fetch(run.statement.sql, *run.statement.values)
    cells = [next(csv.reader([row["line"]], strict=True)) for row in found]
    assert (len(cells), sum(Decimal(row[-1]) for row in cells)) == (run.expected_rows, run.expected)
    return cells


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "2026-01-31T15:59:59Z"),
        (123_456, "2026-01-31T15:59:59.123456Z"),
        (500_000, "2026-01-31T15:59:59.5Z"),
        (10, "2026-01-31T15:59:59.00001Z"),
    ],
)
async def test_instant_has_the_decimals_that_it_needs(
    db: Database, microseconds: int, text: str
) -> None:
    at = AT + timedelta(microseconds=microseconds)
    [cells] = await lines(db, [{"usage_start": at}])
    assert cells[15] == text


async def test_texts_are_read_back_unchanged_and_all_but_texts_are_bare(db: Database) -> None:
    texts = ["", " ", '"', '""', ",", "a\nb", "a\r\nb", "%s %w %", "$1", "é 张 😀", "\\n", "'"]
    cells = await lines(db, [{"resource": text, "region": None} for text in texts])
    assert [row[11] for row in cells] == texts
    assert {row[10] for row in cells} == {""}


async def test_bills_stand_in_order_of_cycle_kind_and_currency(db: Database) -> None:
    await a_billed_partner(db)
    ids = [version.id for version in await BillVersion.all().order_by("-id")]
    bills = await exported_bills(db, 1, ids)
    order = [(bill.cycle, bill.kind, bill.currency) for bill in bills]
    assert order == sorted(order)
    assert len(order) == 6


@pytest.mark.parametrize(
    ("view", "names", "first"),
    [
        (ExportView.DETAILS, ["region", "bill", "version", "customer"], ["cn-north-4", "bil_2"]),
        (ExportView.DETAILS, ["settlement_amount", "cycle"], ["0.1", "2026-01"]),
        (ExportView.BY_PRODUCT, ["total", "product"], ["0.2", "Elastic Cloud Server"]),
        (ExportView.BY_CUSTOMER, ["currency", "customer", "cycle"], ["USD", "token-acme"]),
    ],
)
async def test_chosen_columns_stand_in_the_order_given_and_the_control_amount_last(
    db: Database, view: ExportView, names: list[str], first: list[str]
) -> None:
    await a_billed_partner(db)
    bill = (await exported_bills(db, 1, [2]))[0]
    everything = await cells_of(db, view, bill)
    columns = [column.name for column in file_columns(view)]
    places = [columns.index(name) for name in names] + [len(columns) - 1]
    found = await cells_of(db, view, bill, names)
    assert found == [[row[place] for place in places] for row in everything]
    assert found[0][:2] == first


async def test_only_column_may_be_absent_everywhere(db: Database) -> None:
    await a_billed_partner(db)
    bill = (await exported_bills(db, 1, [2]))[0]
    assert {row[0] for row in await cells_of(db, ExportView.DETAILS, bill, ["resource"])} == {
        "vm-1",
        "",
    }
