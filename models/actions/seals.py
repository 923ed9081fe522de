"""Reading a version's product lines for its digest."""

from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.rules.digests import CustomerDigests

CUSTOMERS_AT_ONCE = 200


async def customer_digests(tx: Tx, version_id: int) -> CustomerDigests:
    """The digests of the version's lines; those of 200 customers at a time are in memory."""
    digests = CustomerDigests()
    await _add(tx, digests, "l.customer_id IS NULL", version_id)
    customers = await tx.fetch(
        "SELECT customer_id FROM bill_customers WHERE version_id = $1 ORDER BY customer_id",
        version_id,
    )
    for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
        some = customers[start : start + CUSTOMERS_AT_ONCE]
        first, last = some[0]["customer_id"], some[-1]["customer_id"]
        await _add(tx, digests, "l.customer_id BETWEEN $2 AND $3", version_id, first, last)
    return digests


async def _add(tx: Tx, digests: CustomerDigests, where: str, *values: int) -> None:
    for account, line in await tx.fetch(_lines_sql(tx.dialect, where), *values):
        digests.add(account, line)


def _lines_sql(d: Dialect, where: str) -> str:
    """Account and canonical text of lines; products and regions have their lengths before them."""
    amounts = " || '|' || ".join(
        d.amount_text(f"l.{column}")
        for column in ("expenditures", "refunds", "adjustments", "tax", "total")
    )
    region = "coalesce(length(l.region) || ':' || l.region, '-')"
    return (
        "SELECT c.account, length(l.product) || ':' || l.product || '|' || l.market || '|'"
        f" || {region} || '|' || l.charge_count || '|' || l.checksum || '|' || {amounts}"
        " FROM product_lines l LEFT JOIN customers c ON c.id = l.customer_id"
        f" WHERE l.version_id = $1 AND {where} ORDER BY l.customer_id, l.rank"
    )
