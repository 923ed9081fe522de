"""Bills as rows of FOCUS 1.0: the charges of each, then its derived lines (see `focus_export`)."""

from collections.abc import Mapping, Sequence

from models.adapters.database import Database
from models.reads.export_sources import CHARGE_ORDER, ChargeRange, charge_tables
from models.reads.exports import ExportedBill, Run
from models.reads.focus_cells import charge_cells, derived_cells
from models.reads.line_statements import Source, line_statement
from models.rules.focus_export import FOCUS_COLUMNS, billing_period, partner_cells
from models.rules.focus_parts import UNSPECIFIED_PRODUCT
from models.rules.money import EXACT


async def focus_runs(db: Database, bills: Sequence[ExportedBill], *, vendor: str) -> list[Run]:
    """The rows of the bills of one partner, two runs each; a bill's runs add up to its amount."""
    [[name]] = await db.fetch("SELECT name FROM partners WHERE id = $1", bills[0].partner_id)
    partner = partner_cells(bills[0].partner_id, name, vendor)
    runs = []
    for bill in bills:
        constants = partner | _bill_cells(bill)
        runs += [await _charge_run(db, bill, constants), await _derived_run(db, bill, constants)]
    return runs


def _bill_cells(bill: ExportedBill) -> dict[str, str]:
    start, end = billing_period(bill.cycle)
    cells = bill.cells
    return {
        "BillingCurrency": bill.currency,
        "BillingPeriodStart": start,
        "BillingPeriodEnd": end,
        "x_BillId": cells["bill"],
        "x_BillVersion": cells["version"],
        "x_BillKind": bill.kind,
    }


async def _charge_run(db: Database, bill: ExportedBill, constants: Mapping[str, str]) -> Run:
    every = bill.charges
    charges = ChargeRange(f"{every.condition} AND c.charge_type <> 'TAX'", every.values)
    [[count]] = await db.fetch(
        f"SELECT count(*) FROM charges c WHERE {charges.condition}", *charges.values
    )
    values = (*charges.values, *billing_period(bill.cycle), constants["InvoiceIssuerName"])
    cells = charge_cells(db.dialect, len(charges.values) + 1)
    source = Source(cells, charge_tables(charges), CHARGE_ORDER, values, constants)
    return Run(bill, line_statement(db.dialect, source, FOCUS_COLUMNS), bill.settlement, int(count))


async def _derived_run(db: Database, bill: ExportedBill, constants: Mapping[str, str]) -> Run:
    [[count]] = await db.fetch(
        "SELECT count(*) FROM derived_lines WHERE partner_id = $1 AND version_id = $2",
        *(bill.partner_id, bill.version_id),
    )
    start, end = billing_period(bill.cycle)
    cells = derived_cells(db.dialect)
    same = {
        **dict.fromkeys((column.name for column in FOCUS_COLUMNS), ""),
        **constants,
        "ChargeFrequency": "One-Time",
        "PublisherName": constants["InvoiceIssuerName"],
        "ServiceName": UNSPECIFIED_PRODUCT,
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
    }
    source = Source(
        cells,
        "derived_lines l WHERE l.partner_id = $1 AND l.version_id = $2",
        "l.position",
        (bill.partner_id, bill.version_id),
        {name: cell for name, cell in same.items() if name not in cells},
    )
    expected = EXACT.subtract(bill.bill_amount, bill.settlement)
    return Run(bill, line_statement(db.dialect, source, FOCUS_COLUMNS), expected, int(count))
