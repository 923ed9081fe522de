"""Which cycles have charges that no bill has taken up: what the schedule asks about.

Both verbs are called within the transaction that writes the charges or the bill, under
`lock_partner`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from models.adapters.database import Tx


@dataclass(frozen=True, slots=True, order=True)
class Billable:
    """What one bill of a partner is about; `cycle` is written YYYY-MM, `kind` is a BillKind."""

    cycle: str
    kind: str
    currency: str


async def mark_posted(
    tx: Tx, partner_id: int, billables: Collection[Billable], *, posting: int
) -> None:
    """Note that batch `posting` of the partner's charges has charges for these bills."""
    values: list[Any] = [partner_id, posting]
    rows = []
    for billable in sorted(billables):
        n = len(values)
        rows.append(f"($1, ${n + 1}, ${n + 2}, ${n + 3}, $2, FALSE)")
        values += [billable.cycle, billable.kind, billable.currency]
    if rows:
        await tx.execute(
            "INSERT INTO billable_cycles"
            " (partner_id, cycle, kind, currency, last_posting, is_billed)"
            f" VALUES {', '.join(rows)} ON CONFLICT (partner_id, cycle, kind, currency)"
            " DO UPDATE SET last_posting = excluded.last_posting, is_billed = FALSE",
            *values,
        )


async def mark_billed(tx: Tx, partner_id: int, billable: Billable, *, through_posting: int) -> None:
    """Note that a bill version has every charge up to `through_posting`.

    Without this the schedule is still right, only slower.
    """
    await tx.execute(
        "UPDATE billable_cycles SET is_billed = TRUE WHERE partner_id = $1 AND cycle = $2"
        " AND kind = $3 AND currency = $4 AND last_posting <= $5",
        partner_id,
        billable.cycle,
        billable.kind,
        billable.currency,
        through_posting,
    )
