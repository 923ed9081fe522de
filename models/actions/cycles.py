"""Where a charge goes when the bill that it was meant for is closed.

All verbs here are called under `lock_partner`.
"""

from models.actions.postings import Billable, mark_billed, mark_posted
from models.adapters.database import Tx
from models.rules.months import BillingMonth


async def open_cycle(tx: Tx, *, partner_id: int, cycle: str, kind: str, currency: str) -> str:
    """The first cycle from `cycle` on, YYYY-MM, whose bill of that kind is not confirmed (R30)."""
    rows = await tx.fetch(
        "SELECT cycle FROM bills WHERE partner_id = $1 AND cycle >= $2 AND kind = $3"
        " AND currency = $4 AND status = 'CONFIRMED'",
        partner_id,
        cycle,
        kind,
        currency,
    )
    confirmed = {row["cycle"] for row in rows}
    month = BillingMonth.parse(cycle)
    while str(month) in confirmed:
        month = month.plus(1)
    return str(month)


async def next_posting(tx: Tx, partner_id: int) -> int:
    """A fresh number for a batch of the partner's charges."""
    [row] = await tx.fetch(
        "UPDATE partners SET last_posting = last_posting + 1 WHERE id = $1 RETURNING last_posting",
        partner_id,
    )
    return int(row["last_posting"])


async def newest_posting(tx: Tx, partner_id: int, billable: Billable) -> int:
    """The newest batch that has charges for that bill; 0 when there are none."""
    row = await tx.fetch_one(
        "SELECT last_posting FROM billable_cycles"
        " WHERE partner_id = $1 AND cycle = $2 AND kind = $3 AND currency = $4",
        partner_id,
        billable.cycle,
        billable.kind,
        billable.currency,
    )
    return int(row["last_posting"]) if row else 0


async def move_later_charges(
    tx: Tx, partner_id: int, billable: Billable, *, through_posting: int
) -> str | None:
    """Hand charges that a closed bill does not have on to the next open cycle; which one.

    They become a new batch there: their own number may be older than a version of that bill, of
    which they would then seem to be part. None when nothing came after `through_posting`.
    """
    newest = await newest_posting(tx, partner_id, billable)
    if newest <= through_posting:
        return None
    after = str(BillingMonth.parse(billable.cycle).plus(1))
    kind, currency = billable.kind, billable.currency
    cycle = await open_cycle(tx, partner_id=partner_id, cycle=after, kind=kind, currency=currency)
    posting = await next_posting(tx, partner_id)
    moved = await tx.execute(
        "UPDATE charges SET cycle = $6, posting = $7 WHERE partner_id = $1 AND cycle = $2"
        " AND kind = $3 AND currency = $4 AND posting > $5",
        *(partner_id, billable.cycle, kind, currency, through_posting, cycle, posting),
    )
    await mark_billed(tx, partner_id, billable, through_posting=newest)
    if not moved:
        return None
    await mark_posted(tx, partner_id, [Billable(cycle, kind, currency)], posting=posting)
    return cycle
