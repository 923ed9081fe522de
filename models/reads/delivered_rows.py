"""The rows of a delivered file: every self-use charge stands in the file of one billing account.

A charge belongs to the billing account that it names, or to that under which its sub-account was
first seen, or to the partner's first one: so the files of all billing accounts come to the estimate
exactly (I15).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.adapters.database import Database
from models.reads.delivery_terms import Cut
from models.reads.export_sources import ChargeRange, charge_source
from models.reads.exports import ExportedBill, exported_bills, view_runs
from models.reads.line_statements import Statement, line_statement
from models.rules.delivery_days import Span
from models.rules.errors import Conflict, ErrorCode
from models.rules.exports import ExportView, file_columns
from models.rules.money import amount_text, exact_sum
from models.rules.states import BillKind
from models.tables.estimates import Estimate
from models.tables.partners import BillingAccount

COLUMNS = file_columns(ExportView.DETAILS)
SELF_USE = BillKind.SELF_USE.value

_PAYER = (
    "coalesce((SELECT a.account FROM billing_accounts a"
    " WHERE a.account = c.account AND a.partner_id = c.partner_id),"
    " (SELECT o.billing_account FROM own_accounts o"
    " WHERE o.partner_id = c.partner_id AND o.account = c.account),"
    " (SELECT f.account FROM billing_accounts f WHERE f.partner_id = c.partner_id"
    " ORDER BY f.id LIMIT 1))"
)
_CHARGES = (
    "c.partner_id = $1 AND c.cycle = $2 AND c.kind = $3 AND c.currency = $4 AND c.posting <= $5"
)


@dataclass(frozen=True, slots=True)
class AccountPart:
    """The self-use charges of one account in some days of a month.

    Where `used_before` is given, what was used before it, and what has no time of use (R7);
    otherwise all of the month.
    """

    partner_id: int
    account: str
    span: Span
    used_before: datetime | None

    def charges(self, currency: str, cut: Cut) -> ChargeRange:
        """Those of all accounts, in one currency."""
        cycle = str(self.span.cycle)
        values = (self.partner_id, cycle, SELF_USE, currency, cut.posting)
        if self.used_before is None:
            return ChargeRange(_CHARGES, values)
        used = " AND (c.usage_start IS NULL OR c.usage_start < $6)"
        return ChargeRange(_CHARGES + used, (*values, self.used_before))


@dataclass(frozen=True, slots=True)
class DeliveredRun:
    """The rows of one currency in a file, what they come to, and how many they are.

    `bill` is the version that they are on, None while they are on none.
    """

    statement: Statement
    currency: str
    expected: Decimal
    expected_rows: int
    bill: ExportedBill | None


async def reseller_runs(db: Database, partner_id: int, version_id: int) -> list[DeliveredRun]:
    """The rows of a version of a reseller bill."""
    bills = await exported_bills(db, partner_id, [version_id])
    runs = await view_runs(db, ExportView.DETAILS, bills, COLUMNS)
    return [
        DeliveredRun(run.statement, run.bill.currency, run.expected, run.expected_rows, run.bill)
        for run in runs
    ]


async def account_runs(db: Database, part: AccountPart, cuts: dict[str, Cut]) -> list[DeliveredRun]:
    """The rows of one account, by currency.

    Raises Conflict (BILL_OUT_OF_BALANCE) where the files of all billing accounts together do not
    come to the estimate of the same charges.
    """
    is_payer = await BillingAccount.exists(partner_id=part.partner_id, account=part.account)
    account = _PAYER if is_payer else "c.account"
    versions = [cut.version_id for cut in cuts.values() if cut.version_id is not None]
    billed = await exported_bills(db, part.partner_id, versions) if versions else []
    bills = {bill.currency: bill for bill in billed}
    return [
        await _account_run(db, part, account, (currency, cut), bills.get(currency))
        for currency, cut in cuts.items()
    ]


async def _account_run(
    db: Database,
    part: AccountPart,
    account: str,
    taken: tuple[str, Cut],
    bill: ExportedBill | None,
) -> DeliveredRun:
    charges = part.charges(*taken)
    total = db.dialect.sum("c.amount", "c.charge_type <> 'TAX'")
    rows = await db.fetch(
        f"SELECT {account} AS account, count(*) AS charges, {total} AS total"
        f" FROM charges c WHERE {charges.condition} GROUP BY 1",
        *charges.values,
    )
    found = {row["account"]: (int(row["charges"]), Decimal(row["total"])) for row in rows}
    if account == _PAYER:
        await _check_estimate(part, taken, [amount for _, amount in found.values()])
    count, amount = found.get(part.account, (0, Decimal(0)))
    place = f"${len(charges.values) + 1}"
    values = (*charges.values, part.account)
    mine = ChargeRange(f"{charges.condition} AND {account} = {place}", values)
    source = charge_source(db.dialect, mine, bill.cells if bill else _cells(part, taken[0]))
    statement = line_statement(db.dialect, source, COLUMNS)
    return DeliveredRun(statement, taken[0], amount, count, bill)


def _cells(part: AccountPart, currency: str) -> dict[str, str]:
    """What every row has while there is no bill."""
    cycle = str(part.span.cycle)
    return {"cycle": cycle, "kind": SELF_USE, "currency": currency, "bill": "", "version": ""}


async def _check_estimate(
    part: AccountPart, taken: tuple[str, Cut], amounts: list[Decimal]
) -> None:
    """Nothing is delivered unless all accounts together come to the estimate (I15, rule 21)."""
    if part.used_before is None:
        return
    currency, cut = taken
    estimate = await Estimate.get_or_none(
        partner_id=part.partner_id,
        cycle=str(part.span.cycle),
        kind=SELF_USE,
        currency=currency,
        data_through=part.span.last,
        through_posting=cut.posting,
    )
    total = exact_sum(amounts)
    if estimate is not None and estimate.amount != total:
        raise Conflict(
            f"The files of all accounts come to {amount_text(total)} {currency} instead of the"
            f" {amount_text(estimate.amount)} of the estimate; nothing was delivered.",
            ErrorCode.BILL_OUT_OF_BALANCE,
        )
