"""How changes are noticed: out of order, through outages, and by nobody when nobody listens."""

import asyncio
import os
from typing import Any

import pytest

from api.changes import Changes
from api.feeds import OVERLAP_SECONDS, BillFeed
from api.listeners import Listener
from api.seats import Seats
from models.actions.events import Happening, announce
from models.adapters.database import Database, Tx
from models.rules.errors import Unavailable
from models.rules.principals import Principal, Role
from models.rules.states import EventType
from tests.exporting import NOW

ANN = Principal("ann", Role.PARTNER_FINANCE, 1)


async def _tell(db: Database, bill: int, partner: int = 1) -> None:
    event = Happening(partner, EventType.BILL_PAID, f"bil_{bill}", {})
    await db.transact(announce, event, now=NOW)


def _changes(db: Database, seconds: float = 0.02) -> Changes:
    return Changes(db, Seats("subscriptions", per_user=9, in_all=9), seconds=seconds)


async def test_slow_listener_hears_of_each_object_once() -> None:
    listener = Listener()
    for name in ("bil_1", "bil_2", "bil_1", "bil_1"):
        listener.tell(name)
    assert [await listener.next(), await listener.next()] == ["bil_1", "bil_2"]
    listener.tell("bil_1")
    listener.end(Unavailable("over"))
    with pytest.raises(Unavailable):
        await listener.next()


async def test_feed_tells_each_event_once_and_none_of_others(db: Database) -> None:
    await _tell(db, 1)
    moment = 0.0
    feed = BillFeed(db, lambda: moment)
    await feed.follow(1)
    await _tell(db, 2)
    await feed.follow(2)
    await _tell(db, 3)
    await _tell(db, 4, partner=2)
    await _tell(db, 5, partner=3)
    assert await feed.news() == [(1, "bil_2"), (1, "bil_3"), (2, "bil_4")]
    for moment in (0.0, OVERLAP_SECONDS, 2 * OVERLAP_SECONDS):  # noqa: B007
        assert await feed.news() == []
    await _tell(db, 2)
    feed.forget(2)
    assert await feed.news() == [(1, "bil_2")]


@pytest.mark.skipif(
    os.environ.get("BILLS_TEST_DATABASE") != "postgres", reason="SQLite commits in order"
)
async def test_event_that_is_committed_late_is_told(db: Database) -> None:
    may_end, has_written = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await announce(tx, Happening(1, EventType.BILL_PAID, "bil_1", {}), now=NOW)
        has_written.set()
        await may_end.wait()

    early = asyncio.create_task(db.transact(slow))
    await has_written.wait()
    feed = BillFeed(db)
    await feed.follow(1)
    await _tell(db, 2)
    assert await feed.news() == [(1, "bil_2")]
    may_end.set()
    await early
    assert await feed.news() == [(1, "bil_1")]
    assert await feed.news() == []


class _Flaky(Database):
    """A database that does not answer while it `is_out`, and counts how often it was asked."""

    def __init__(self, db: Database) -> None:
        super().__init__(db.dialect, db._reader)
        self.is_out = False
        self.asked = 0

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        self.asked += 1
        if self.is_out:
            raise Unavailable("out")
        return await super().fetch(sql, *values)


async def test_what_happens_during_an_outage_is_told_after_it(db: Database) -> None:
    flaky = _Flaky(db)
    changes = _changes(flaky)
    async with changes.of_bills(1, ANN) as listener:
        flaky.is_out = True
        await _tell(db, 7)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(listener.next(), 0.1)
        flaky.is_out = False
        assert await asyncio.wait_for(listener.next(), 5) == "bil_7"


async def test_nobody_listening_costs_nothing(db: Database) -> None:
    flaky = _Flaky(db)
    changes = _changes(flaky, seconds=0)
    async with changes.of_bills(1, ANN), changes.of_export(1, ANN):
        await asyncio.sleep(0.1)
        assert changes.is_looking
    assert not changes.is_looking
    asked = flaky.asked
    await asyncio.sleep(0.05)
    assert flaky.asked == asked > 4


async def test_listener_that_cannot_begin_leaves_no_trace(db: Database) -> None:
    flaky = _Flaky(db)
    changes = _changes(flaky)
    flaky.is_out = True
    with pytest.raises(Unavailable):
        async with changes.of_bills(1, ANN):
            pass
    assert (changes.listeners, changes.is_looking) == ([], False)
    flaky.is_out = False
    async with changes.of_bills(1, ANN) as listener:
        await _tell(db, 7)
        assert await asyncio.wait_for(listener.next(), 5) == "bil_7"


async def test_poller_that_breaks_ends_every_wait(db: Database) -> None:
    changes = _changes(db)
    async with changes.of_bills(1, ANN) as listener:
        await db.transact(_break)
        with pytest.raises(Exception, match="events"):
            await asyncio.wait_for(listener.next(), 5)
    assert not changes.is_looking


async def _break(tx: Tx) -> None:
    await tx.execute("ALTER TABLE events RENAME TO broken")


async def test_end_of_the_process_ends_every_wait(db: Database) -> None:
    changes = _changes(db)
    async with changes.of_export(1, ANN) as listener:
        waiting = asyncio.create_task(listener.next())
        await asyncio.sleep(0)
        changes.end()
        with pytest.raises(Unavailable):
            await waiting
    with pytest.raises(Unavailable):
        async with changes.of_export(1, ANN):
            pass
