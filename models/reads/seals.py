"""The digest of a bill version, from what is stored of it."""

from collections.abc import Sequence
from dataclasses import fields

from models.adapters.dialects import Dialect
from models.reads.accounts import Source
from models.rules.derived import DerivedLine
from models.rules.digests import CustomerDigests, Said, version_digest
from models.rules.ids import IdPrefix, public_id
from models.rules.totals import Totals
from models.tables.bills import Bill, BillVersion

CUSTOMERS_AT_ONCE = 200


async def sealed(
    source: Source, bill: Bill, version: BillVersion, derived: Sequence[DerivedLine]
) -> str:
    """The digest that the version should have, chained to the one that it says came before."""
    header = (
        public_id(IdPrefix.PARTNER, bill.partner_id),
        bill.cycle,
        bill.kind,
        bill.currency,
        version.number,
        version.reason,
        version.through_posting,
        *([version.note] if version.note else []),
    )
    totals = Totals(**{field.name: getattr(version, field.name) for field in fields(Totals)})
    lines = await _customer_digests(source, version.partner_id, version.id)
    return version_digest(version.previous_digest, Said(header, totals, derived, lines))


async def _customer_digests(source: Source, *version: int) -> CustomerDigests:
    """The digests of the version's lines; those of 200 customers at a time are in memory."""
    digests = CustomerDigests()
    await _add(source, digests, "l.customer_id IS NULL", *version)
    customers = await source.fetch(
        "SELECT customer_id FROM bill_customers WHERE partner_id = $1 AND version_id = $2"
        " ORDER BY customer_id",
        *version,
    )
    for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
        some = customers[start : start + CUSTOMERS_AT_ONCE]
        first, last = some[0]["customer_id"], some[-1]["customer_id"]
        await _add(source, digests, "l.customer_id BETWEEN $3 AND $4", *version, first, last)
    return digests


async def _add(source: Source, digests: CustomerDigests, where: str, *values: int) -> None:
    for account, line in await source.fetch(_lines_sql(source.dialect, where), *values):
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
        " FROM product_lines l LEFT JOIN customers c"
        " ON c.partner_id = l.partner_id AND c.id = l.customer_id"
        f" WHERE l.partner_id = $1 AND l.version_id = $2 AND {where} ORDER BY l.customer_id, l.rank"
    )
