"""The schedule: what is due and not done, asked again and again by every worker (rule 5).

No tick carries meaning. A worker that was down for months asks the same question as one that asked
a minute ago; unique keys make every answer count once, however many workers ask at once.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from models.actions.jobs import BATCH, enqueue_all
from models.adapters.database import Database
from models.reads.delivery_schedule import due_deliveries
from models.reads.schedule import (
    LIMIT,
    due_estimates,
    due_expiries,
    due_issues,
    due_reissues,
    zone_names,
)
from models.rules.errors import InvalidInput
from models.rules.jobs import NewJob
from models.rules.months import billing_zone

Question = Callable[..., Awaitable[list[NewJob]]]
# In this order: what a file holds is fixed after the estimates of its days were asked for.
QUESTIONS: tuple[Question, ...] = (
    due_issues,
    due_reissues,
    due_estimates,
    due_expiries,
    due_deliveries,
)

log = structlog.get_logger()


async def enqueue_due(db: Database, *, now: datetime) -> int:
    """Put in every job that is due at `now` and not known yet; how many were new."""
    zones = await _usable_zones(db)
    if not zones:
        return 0
    return sum([await _enqueue_answers(db, question, zones, now) for question in QUESTIONS])


async def _usable_zones(db: Database) -> dict[str, ZoneInfo]:
    zones = {}
    for name in await zone_names(db):
        try:
            zones[name] = billing_zone(name)
        except InvalidInput as unknown:
            # One partner's mistake must not keep every other partner from a bill.
            log.error("time_zone_unknown", message=unknown.message)
    return zones


async def _enqueue_answers(
    db: Database, question: Question, zones: Mapping[str, ZoneInfo], now: datetime
) -> int:
    total = 0
    while True:
        due = await question(db, zones, now=now)
        new = 0
        for start in range(0, len(due), BATCH):
            new += len(await db.transact(enqueue_all, due[start : start + BATCH], now=now))
        total += new
        if len(due) < LIMIT or not new:
            return total
