"""The raw statements that our steps are held against: the same result with nothing around it."""

from bench.focus import CYCLE
from models.adapters.dialects import DIALECTS, Dialect

# By step: the table that it fills, and the columns whose sums must be equal on both sides.
_CHECKED = {
    "import": ("charges", ("amount", "list_amount", "quantity", "checksum", "occurrence")),
    "generation": (
        "product_lines",
        ("expenditures", "refunds", "adjustments", "tax", "total", "charge_count", "checksum"),
    ),
}
_CHARGES = (
    f"c.partner_id = 1 AND c.cycle = '{CYCLE}' AND c.kind = 'RESELLER' AND c.currency = 'USD'"
)
_ADDENDS = {"expenditures": "EXPENDITURE", "refunds": "REFUND", "adjustments": "ADJUSTMENT"}
_EXPORTED = (
    *("c.cycle", "c.kind", "c.currency", "'bil_1' AS bill", "1 AS version"),
    *("'chg_' || c.id AS charge", "k.token", "c.charge_type", "c.market", "c.product", "c.region"),
    *("c.resource", "c.billing_mode", "c.transaction_ref", "c.original_ref", "c.usage_start"),
    *("c.usage_end", "c.posted_at", "c.quantity", "c.unit", "c.list_amount"),
    *("c.list_amount - c.amount AS discount", "NULL AS tax", "c.amount"),
)
# In the order of our file; each database reads it off an index.
EXPORT = (
    f"SELECT {', '.join(_EXPORTED)} FROM charges c LEFT JOIN customers k ON k.id = c.customer_id"
    f" WHERE {_CHARGES} ORDER BY c.customer_id, c.id"
)


def content_sql(database: str, step: str) -> str:
    """Rows, and exact sums as text, of what a step has written."""
    d = DIALECTS[database]
    table, columns = _CHECKED[step]
    sums = ", ".join(d.amount_text(d.sum(column)) for column in columns)
    return f"SELECT count(*), {sums} FROM {table}"


def generation_sql(database: str) -> str:
    """One statement from charges to ranked product lines, with the aggregates that ours uses."""
    d = DIALECTS[database]
    groups = "c.customer_id, c.product, c.market, c.region"
    return f"""
INSERT INTO product_lines (version_id, partner_id, currency, customer_id, rank, product, market,
    region, charge_count, checksum, expenditures, refunds, adjustments, tax, total)
SELECT 1, 1, 'USD', customer_id,
    row_number() OVER (PARTITION BY customer_id ORDER BY {d.by_value("total")} DESC, product),
    product, market, region, charge_count, checksum, expenditures, refunds, adjustments, tax, total
FROM (
    SELECT {groups}, count(*) AS charge_count, CAST(sum(c.checksum) AS BIGINT) AS checksum,
        {_sums(d)}
    FROM charges c WHERE {_CHARGES} GROUP BY {groups}
) AS lines"""


def _sums(d: Dialect) -> str:
    addends = {
        name: d.sum("c.amount", f"c.charge_type = '{charge_type}'")
        for name, charge_type in _ADDENDS.items()
    }
    columns = addends | {
        "tax": d.sum("c.amount", "c.charge_type = 'TAX'"),
        "total": d.plus(*addends.values()),
    }
    return ", ".join(f"{value} AS {name}" for name, value in columns.items())
