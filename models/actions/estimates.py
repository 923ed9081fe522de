"""The daily estimate of a cycle that has no bill yet (R6 to R9)."""

from datetime import date, datetime

from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.rules.cutoffs import data_through, estimate_day
from models.rules.errors import Conflict
from models.rules.months import BillingMonth, billing_zone, local_midnight
from models.tables.partners import Partner


async def take_estimates(tx: Tx, *, partner_id: int, as_of: date, now: datetime) -> list[int]:
    """Take the snapshots of a local day, of each kind and currency with charges; their ids.

    They are of the month that the day is in, and of the month before while that has no bill; they
    cover what was used before the day began. A second run for a day changes nothing. A day that is
    over still gets its snapshot, as its job may have waited: of what is known of it by `now`, which
    the snapshot tells. Raises NotFound, and Conflict (INVALID_STATE) for a day that has not begun.
    """
    await lock_partner(tx, partner_id)
    partner = await Partner.get(id=partner_id, using_db=tx.client)
    zone = billing_zone(partner.time_zone)
    if as_of > estimate_day(now, zone):
        raise Conflict(f"{as_of} has not begun in {zone}.")
    month = BillingMonth(as_of.year, as_of.month)
    rows = await tx.fetch(
        _estimates_sql(tx.dialect),
        *(partner_id, str(month.plus(-1)), str(month), local_midnight(as_of, zone)),
        *(as_of, data_through(as_of), now, partner.last_posting),
    )
    return [row["id"] for row in rows]


def _estimates_sql(d: Dialect) -> str:
    expenditures, refunds, adjustments = (
        d.sum("amount", f"charge_type = '{charge_type}'")
        for charge_type in ("EXPENDITURE", "REFUND", "ADJUSTMENT")
    )
    return f"""
INSERT INTO estimates (partner_id, cycle, kind, currency, as_of, data_through, computed_at,
    through_posting, charge_count, expenditures, refunds, adjustments, amount)
SELECT CAST($1 AS BIGINT), cycle, kind, currency, $5, $6, $7, $8, count(*),
    {expenditures}, {refunds}, {adjustments}, {d.sum("amount")}
FROM charges
WHERE partner_id = $1 AND cycle IN ($2, $3) AND kind <> 'NONE' AND charge_type <> 'TAX'
    AND (usage_start IS NULL OR usage_start < $4)
    AND NOT EXISTS (SELECT 1 FROM bills b WHERE b.partner_id = charges.partner_id
        AND b.cycle = charges.cycle AND b.kind = charges.kind AND b.currency = charges.currency)
GROUP BY cycle, kind, currency
ON CONFLICT DO NOTHING RETURNING id"""
