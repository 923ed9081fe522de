"""What the files of an account statement are made of: its opening balance, then its entries."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from decimal import Decimal

from models.adapters.database import Database
from models.reads.statements import REFERENCE
from models.rules.errors import NotFound
from models.rules.months import billing_zone, local_midnight
from models.rules.statement_lines import StatementHead
from models.rules.statements import Posting, StatementOrder, in_own_sense

_BATCH = 500  # of which the lines are written within some milliseconds
_OF_ACCOUNT = "e.partner_id = $1 AND e.currency = $2 AND e.account = $3"


async def statement_head(db: Database, partner_id: int, order: StatementOrder) -> StatementHead:
    """Whose statement it is, when it begins and ends, and its opening balance.

    Raises NotFound where there is no such partner.
    """
    rows = await db.fetch("SELECT name, time_zone FROM partners WHERE id = $1", partner_id)
    if not rows:
        raise NotFound("There is no such partner.")
    zone = billing_zone(rows[0]["time_zone"])
    starts = local_midnight(order.first, zone)
    ends = local_midnight(order.last + timedelta(days=1), zone)
    d = db.dialect
    [[before]] = await db.fetch(
        f"SELECT {d.amount_text(d.sum('e.amount'))} FROM ledger_entries e WHERE {_OF_ACCOUNT}"
        " AND e.posted_at < $4",
        *(partner_id, order.currency, order.account, starts),
    )
    opening = in_own_sense(order.account, Decimal(before))
    return StatementHead(partner_id, rows[0]["name"], zone, order, starts, ends, opening)


async def postings(db: Database, head: StatementHead) -> AsyncGenerator[list[Posting], None]:
    """The entries of the statement's days in the order in which they were posted, in batches."""
    d = db.dialect
    rows = db.stream(
        f"SELECT {d.instant_text('e.posted_at')}, e.event, {REFERENCE}, {d.amount_text('e.amount')}"
        f" FROM ledger_entries e WHERE {_OF_ACCOUNT} AND e.posted_at >= $4 AND e.posted_at < $5"
        " ORDER BY e.posted_at, e.id",
        *(head.partner_id, head.order.currency, head.order.account, head.starts, head.ends),
        batch=_BATCH,
    )
    async with aclosing(rows) as batches:
        async for batch in batches:
            yield [
                Posting(datetime.fromisoformat(at), event, reference, Decimal(amount))
                for at, event, reference, amount in batch
            ]
