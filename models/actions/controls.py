"""Holding a version's levels against each other (rule 21)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.rules.errors import Conflict, ErrorCode
from models.rules.money import EXACT
from models.rules.states import ChargeType
from models.rules.totals import Sums
from models.tables.bills import Bill, BillVersion

_LEVELS = {
    "lines": "product_lines WHERE version_id = $1",
    "customers": "bill_customers WHERE version_id = $1",
    "rest": "product_lines WHERE version_id = $1 AND customer_id IS NULL",
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
    rows = {row["level"]: row for row in await tx.fetch(_levels_sql(tx.dialect), version.id)}
    lines, customers, rest = (_amounts(rows[level]) for level in _LEVELS)
    expenditures, refunds, adjustments, total, charges = lines
    sums = Sums(expenditures, refunds, adjustments, Decimal(rows["lines"]["tax"]))
    below = [EXACT.add(*pair) for pair in zip(customers, rest, strict=True)]
    if below != lines or sums.settlement != total:
        raise Conflict(
            f"{bill.cycle} {bill.kind} {bill.currency} is not issued, as it does not add up:"
            f" lines {lines}, customers {customers}, the rest {rest}.",
            ErrorCode.BILL_OUT_OF_BALANCE,
        )
    return Content(sums, int(charges), rows["customers"]["size"])


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
