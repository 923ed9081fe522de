"""Where news come from: tables that other processes write to, looked at again and again.

The database is the truth: a verb that writes its row in its own transaction has told everyone.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeAlias

from models.adapters.database import Database
from models.reads.changes import (
    WrittenEvent,
    bills_of_payment,
    events_after,
    export_progress,
    newest_event,
)
from models.rules.ids import IdPrefix, parse_public_id, public_id

# On PostgreSQL a row may become visible after rows with higher ids: an id is given out when the
# row is written and seen when its transaction commits. No transaction of ours takes a minute
# for that; those that run already when the first listener comes are within a thousand ids.
OVERLAP_SECONDS = 60.0
OVERLAP_IDS = 1_000

News: TypeAlias = list[tuple[int, str]]


class Feed(Protocol):
    """News about what was asked to be followed, each by its own number."""

    async def follow(self, number: int) -> None:
        """From now on, news of this one count; raises Unavailable."""

    def forget(self, number: int) -> None:
        """They do not any more."""

    async def news(self) -> News:
        """What became of those followed: number and public id; raises Unavailable."""


class BillFeed:
    """Bills of partners, by the events about them."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._seen: dict[int, set[int]] = {}
        # The highest id that was visible at a time: rows that were under way then have lower ones.
        self._marks: deque[tuple[float, int]] = deque()

    async def follow(self, number: int) -> None:
        """What is there already is no news."""
        await self._look_up()
        found = await events_after(self._db, self._floor, [number])
        self._seen[number] = {event.id for event in found}

    def forget(self, number: int) -> None:
        """Once nobody is followed, start afresh the next time."""
        self._seen.pop(number, None)
        if not self._seen:
            self._marks.clear()

    async def news(self) -> News:
        """Bills in the order of their events."""
        await self._look_up()
        floor = self._floor
        followed = dict(self._seen)
        written = await events_after(self._db, floor, list(followed))
        fresh = [event for event in written if event.id not in followed[event.partner_id]]
        bills = [(event.partner_id, bill) for event in fresh for bill in await self._bills(event)]
        # Not before all could be read: what an outage interrupts is read again.
        for partner in followed.keys() & self._seen.keys():
            self._seen[partner] = {e.id for e in written if e.partner_id == partner}
        return bills

    async def _bills(self, event: WrittenEvent) -> list[str]:
        payment = parse_public_id(event.about, IdPrefix.PAYMENT)
        if payment is not None:
            found = await bills_of_payment(self._db, event.partner_id, payment)
            return [public_id(IdPrefix.BILL, bill) for bill in found]
        return [event.about] if parse_public_id(event.about, IdPrefix.BILL) else []

    @property
    def _floor(self) -> int:
        return self._marks[0][1]

    async def _look_up(self) -> None:
        newest, now = await newest_event(self._db), self._clock()
        if not self._marks:
            self._marks.append((now, max(0, newest - OVERLAP_IDS)))
        self._marks.append((now, newest))
        while self._marks[1][0] <= now - OVERLAP_SECONDS:
            self._marks.popleft()


class ExportFeed:
    """Exports, by their status and the rows written."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[int, object] = {}

    async def follow(self, number: int) -> None:
        """Its state now is no news."""
        self._known[number] = (await export_progress(self._db, [number])).get(number)

    def forget(self, number: int) -> None:
        """Look at it no more."""
        self._known.pop(number, None)

    async def news(self) -> News:
        """Exports that changed."""
        progress = await export_progress(self._db, list(self._known))
        changed = {
            number: state
            for number, state in progress.items()
            if number in self._known and self._known[number] != state
        }
        self._known |= changed
        return [(number, public_id(IdPrefix.EXPORT, number)) for number in changed]
