"""What there is to generate, for every partner, whether or not a job asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.adapters.database import Database
from models.rules.states import BillStatus


@dataclass(frozen=True, slots=True)
class Unbilled:
    """A cycle with charges that no bill version has, the newest of them in batch `posting`.

    `bill_id` is the bill that they are to be on, if it is there.
    """

    partner_id: int
    time_zone: str
    cycle: str
    bill_id: int | None
    posting: int


async def unbilled_cycles(db: Database) -> list[Unbilled]:
    """All of them, oldest first; those with a disputed or confirmed bill are left out."""
    rows = await db.fetch(
        "SELECT c.partner_id, p.time_zone, c.cycle, b.id AS bill_id, max(c.last_posting) AS posting"
        " FROM billable_cycles c JOIN partners p ON p.id = c.partner_id"
        " LEFT JOIN bills b ON b.partner_id = c.partner_id AND b.cycle = c.cycle"
        " AND b.kind = c.kind AND b.currency = c.currency"
        " WHERE c.is_billed = FALSE AND (b.id IS NULL OR b.status = $1)"
        " GROUP BY c.partner_id, p.time_zone, c.cycle, b.id"
        " ORDER BY c.cycle, c.partner_id, b.id",
        BillStatus.ISSUED,
    )
    return [Unbilled(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class BillLine:
    """A bill in one line; `amount` is signed, in the bill's currency."""

    bill_id: int
    partner: str
    cycle: str
    kind: str
    version: int
    charges: int
    amount: Decimal
    currency: str


async def bill_lines(db: Database, bill_ids: Sequence[int]) -> list[BillLine]:
    """These bills (a few of them) as they are now, in the order of their ids."""
    holders = ", ".join(f"${n}" for n in range(1, len(bill_ids) + 1))
    if not holders:
        return []
    rows = await db.fetch(
        "SELECT b.id AS bill_id, p.name AS partner, b.cycle, b.kind, b.version,"
        " v.charge_count AS charges, v.bill_amount AS amount, b.currency"
        " FROM bills b JOIN partners p ON p.id = b.partner_id"
        " JOIN bill_versions v ON v.partner_id = b.partner_id AND v.id = b.version_id"
        f" WHERE b.id IN ({holders}) ORDER BY b.id",
        *bill_ids,
    )
    return [BillLine(**{**dict(row), "amount": Decimal(row["amount"])}) for row in rows]
