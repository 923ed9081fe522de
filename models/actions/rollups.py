"""From charges to a version's product lines and customers: sets in SQL, exact on both databases."""

from tortoise.exceptions import IntegrityError

from models.actions.controls import out_of_balance
from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.rules.states import ChargeType
from models.tables.bills import Bill, BillVersion

_KNOWN_TYPES = ", ".join(f"'{charge_type}'" for charge_type in ChargeType)


async def roll_up(tx: Tx, bill: Bill, version: BillVersion) -> None:
    """Write the version's product lines, and its customers from them, each ranked by total.

    Raises Conflict (BILL_OUT_OF_BALANCE) when a charge's type is unknown.
    """
    try:
        await tx.execute(
            _lines_sql(tx.dialect),
            *(version.id, bill.partner_id, bill.cycle, bill.kind, bill.currency),
            version.through_posting,
        )
    except IntegrityError as refused:
        raise out_of_balance(bill, "there is a charge of an unknown type.") from refused
    await tx.execute(_customers_sql(tx.dialect), version.id, bill.partner_id, bill.currency)


def _lines_sql(d: Dialect) -> str:
    # A charge of an unknown type would be in no addend: it makes the total NULL, which the column
    # refuses. That is found out in the same pass over the charges.
    expenditures, refunds, adjustments, tax = (
        d.sum("amount", f"charge_type = '{charge_type}'") for charge_type in ChargeType
    )
    bytewise = d.bytewise
    return f"""
INSERT INTO product_lines (version_id, partner_id, currency, customer_id, rank, product, market,
    region, charge_count, checksum, expenditures, refunds, adjustments, tax, total)
SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($5 AS TEXT), customer_id,
    row_number() OVER (PARTITION BY customer_id ORDER BY {d.by_value("total")} DESC,
        product{bytewise}, market{bytewise}, region{bytewise} NULLS FIRST),
    product, market, region, charge_count, checksum, expenditures, refunds, adjustments, tax, total
FROM (
    SELECT customer_id, product, market, region,
        count(*) AS charge_count, CAST(sum(checksum) AS BIGINT) AS checksum,
        {expenditures} AS expenditures, {refunds} AS refunds, {adjustments} AS adjustments,
        {tax} AS tax,
        CASE WHEN count(*) = count(*) FILTER (WHERE charge_type IN ({_KNOWN_TYPES}))
            THEN {d.plus(expenditures, refunds, adjustments)} END AS total
    FROM charges
    WHERE partner_id = $2 AND cycle = $3 AND kind = $4 AND currency = CAST($5 AS TEXT)
        AND posting <= $6
    GROUP BY customer_id, product, market, region
) AS lines
ORDER BY 4 NULLS FIRST, 5"""


def _customers_sql(d: Dialect) -> str:
    return f"""
INSERT INTO bill_customers (version_id, partner_id, currency, customer_id, rank, charge_count,
    expenditures, refunds, adjustments, total)
SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT), customer_id,
    row_number() OVER (ORDER BY {d.by_value("total")} DESC, customer_id),
    charge_count, expenditures, refunds, adjustments, total
FROM (
    SELECT customer_id, CAST(sum(charge_count) AS BIGINT) AS charge_count,
        {d.sum("expenditures")} AS expenditures, {d.sum("refunds")} AS refunds,
        {d.sum("adjustments")} AS adjustments, {d.sum("total")} AS total
    FROM product_lines
    WHERE partner_id = CAST($2 AS BIGINT) AND version_id = CAST($1 AS BIGINT)
        AND customer_id IS NOT NULL
    GROUP BY customer_id
) AS customers
ORDER BY 5"""
