"""Lines of CSV as both databases write them."""

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.adapters.database import Database
from models.reads.exports import csv_lines, exported_bills
from models.rules.exports import ExportView
from models.tables.bills import BillVersion
from tests.builders import a_partner, some_charges
from tests.exporting import NOW, a_billed_partner, issue_bills

AT = datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)


async def lines(db: Database, rows: list[dict[str, Any]]) -> list[list[str]]:
    """The cells of charges that were just billed, in order."""
    partner = await a_partner(db)
    await some_charges(db, partner, rows)
    await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=NOW)
    [bill] = await exported_bills(db, [(await BillVersion.all())[0].id])
    statement = csv_lines(db.dialect, ExportView.DETAILS, bill)
    found = await db.fetch(statement.sql, *statement.values)
    return [next(csv.reader([row["line"]], strict=True)) for row in found]


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
    bills = await exported_bills(db, ids)
    order = [(bill.cycle, bill.kind, bill.currency) for bill in bills]
    assert order == sorted(order)
    assert len(order) == 6
