"""Holding a version's levels against each other (rule 21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.rules.errors import Conflict, ErrorCode
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, amount_text
from models.rules.states import ChargeType
from models.rules.totals import Sums
from models.tables.bills import Bill, BillVersion

_LEVELS = {
    "lines": "product_lines WHERE partner_id = $2 AND version_id = $1",
    "customers": "bill_customers WHERE partner_id = $2 AND version_id = $1",
    "rest": "product_lines WHERE partner_id = $2 AND version_id = $1 AND customer_id IS NULL",
}
_ADDENDS = ("expenditures", "refunds", "adjustments", "total")


@dataclass(frozen=True, slots=True)
class Content:
    """What a version's product lines come to."""

    sums: Sums
    charge_count: int
    customer_count: int


async def checked_content(tx: Tx, bill: Bill, version: BillVersion) -> Content:
    """Add up the version's lines.

    Raises Conflict (BILL_OUT_OF_BALANCE) unless the addends come to the totals, and the customers,
    with what belongs to none of them, to the lines, their charges counted (I1, I9, I10).
    """
    rows = {
        row["level"]: row
        for row in await tx.fetch(_levels_sql(tx.dialect), version.id, bill.partner_id)
    }
    lines, customers, rest = (_amounts(rows[level]) for level in _LEVELS)
    expenditures, refunds, adjustments, total, charges = lines
    sums = Sums(expenditures, refunds, adjustments, Decimal(rows["lines"]["tax"]))
    below = [EXACT.add(*pair) for pair in zip(customers, rest, strict=True)]
    if below != lines or sums.settlement != total:
        raise out_of_balance(
            bill,
            f"its lines come to {_said(lines)}; its customers to {_said(customers)}, and what"
            f" belongs to none to {_said(rest)}.",
        )
    return Content(sums, int(charges), rows["customers"]["size"])


async def check_derived_lines(tx: Tx, bill: Bill, version: BillVersion) -> None:
    """Add up the derived lines as they are stored.

    Raises Conflict (BILL_OUT_OF_BALANCE) unless they lead from the settlement to the bill amount.
    """
    total = tx.dialect.amount_text(tx.dialect.sum("amount"))
    [row] = await tx.fetch(
        f"SELECT {total} AS total FROM derived_lines WHERE partner_id = $2 AND version_id = $1",
        *(version.id, bill.partner_id),
    )
    derived = Decimal(row["total"])
    if EXACT.add(version.settlement, derived) != version.bill_amount:
        settlement, amount = amount_text(version.settlement), amount_text(version.bill_amount)
        raise out_of_balance(
            bill,
            f"its settlement of {settlement} and its derived lines of {amount_text(derived)} are"
            f" not its bill amount of {amount}.",
        )


def out_of_balance(bill: Bill, how: str) -> Conflict:
    """The refusal to issue a bill; an operator finds it at the parked job and in the log."""
    partner = public_id(IdPrefix.PARTNER, bill.partner_id)
    return Conflict(
        f"The {bill.kind} bill of {partner} for {bill.cycle} in {bill.currency} does not add up and"
        f" is not issued: {how}",
        ErrorCode.BILL_OUT_OF_BALANCE,
    )


def _said(level: Sequence[Decimal]) -> str:
    *amounts, charges = map(amount_text, level)
    return f"{' '.join(amounts)} with {charges} charges"


def _levels_sql(d: Dialect) -> str:
    sums = ", ".join(f"{d.amount_text(d.sum(column))} AS {column}" for column in _ADDENDS)
    taxes = dict.fromkeys(_LEVELS, "'0'") | {"lines": d.amount_text(d.sum("tax"))}
    return " UNION ALL ".join(
        f"SELECT '{level}' AS level, count(*) AS size, {sums}, {taxes[level]} AS tax,"
        f" CAST(coalesce(sum(charge_count), 0) AS BIGINT) AS charge_count FROM {rows}"
        for level, rows in _LEVELS.items()
    )


def _amounts(row: Any) -> list[Decimal]:
    return [Decimal(row[column]) for column in (*_ADDENDS, "charge_count")]


async def charge_sums(tx: Tx, bill: Bill, *, through_posting: int) -> Sums:
    """The sums of the bill's charges up to a posting, whatever its current version has."""
    d = tx.dialect
    sums = (d.amount_text(d.sum("amount", f"charge_type = '{kind}'")) for kind in ChargeType)
    [row] = await tx.fetch(
        f"SELECT {', '.join(sums)} FROM charges WHERE partner_id = $1 AND cycle = $2"
        " AND kind = $3 AND currency = $4 AND posting <= $5",
        *(bill.partner_id, bill.cycle, bill.kind, bill.currency, through_posting),
    )
    return Sums(*map(Decimal, tuple(row)))
