"""Looking into the inbox: what is new there, complete, and not known yet (requirements §8)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import structlog

from jobs.services import Services
from models.actions.inbox import note_seen
from models.actions.jobs import BATCH
from models.actions.threads import in_thread
from models.adapters.shelf_places import open_inbox
from models.adapters.shelves import Item, Shelf
from models.reads.inbox import new_ones
from models.rules.errors import ErrorCode, NotFound
from models.rules.inbox import is_settled, is_wanted

# One look; whatever lies beyond is never reached, which the log says.
MOST_FILES = 100_000

log = structlog.get_logger()


async def look_in_inbox(services: Services, now: datetime) -> int:
    """Put in a job for every file that is there and was not seen before; how many were new."""
    items = await in_thread(_listed, open_inbox(services.settings), now)
    most_bytes = services.settings.inbox_bytes
    total = 0
    for start in range(0, len(items), BATCH):
        new = await new_ones(services.db, items[start : start + BATCH])
        if new:
            jobs = await services.db.transact(note_seen, new, most_bytes=most_bytes, now=now)
            total += len(jobs)
    return total


def _listed(inbox: Shelf, now: datetime) -> list[Item]:
    try:
        listed = list(islice(_complete(inbox.items(), now), MOST_FILES + 1))
    except NotFound as missing:
        if missing.code is not ErrorCode.NOT_FOUND:
            raise
        return []  # nobody has made the folder yet
    if len(listed) > MOST_FILES:
        log.error("inbox_too_full", looked_at=MOST_FILES)
    return listed[:MOST_FILES]


def _complete(items: Iterable[Item], now: datetime) -> Iterable[Item]:
    for item in items:
        if item.is_file and is_wanted(item.name) and is_settled(item.changed_at, now):
            yield item
