"""Wakes those who wait for a change: one poller for a process, and none while nobody waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from structlog.contextvars import clear_contextvars

from api.feeds import BillFeed, ExportFeed, Feed
from api.listeners import Listener
from api.seats import Seats
from models.adapters.database import Database
from models.rules.errors import Unavailable
from models.rules.principals import Principal

log = structlog.get_logger(__name__)


class _Channel:
    """The listeners of one feed, by the number that they follow."""

    def __init__(self, feed: Feed) -> None:
        self.listeners: dict[int, set[Listener]] = {}
        self._feed = feed
        self._following = asyncio.Lock()

    async def join(self, number: int, listener: Listener) -> None:
        async with self._following:
            if number not in self.listeners:
                await self._feed.follow(number)
            self.listeners.setdefault(number, set()).add(listener)

    def leave(self, number: int, listener: Listener) -> None:
        group = self.listeners.get(number, set())
        group.discard(listener)
        if not group:
            self.listeners.pop(number, None)
            self._feed.forget(number)

    async def look(self) -> None:
        if self.listeners:
            for number, public_id in await self._feed.news():
                for listener in self.listeners.get(number, ()):
                    listener.tell(public_id)


class Changes:
    """Changes of bills and exports, whichever process made them."""

    def __init__(self, db: Database, seats: Seats, *, seconds: float) -> None:
        self._seats = seats
        self._seconds = seconds
        self._bills = _Channel(BillFeed(db))
        self._exports = _Channel(ExportFeed(db))
        self._poller: asyncio.Task[None] | None = None
        self._end: Unavailable | None = None

    @property
    def listeners(self) -> list[Listener]:
        """Everyone who waits."""
        channels = (self._bills, self._exports)
        return [each for c in channels for group in c.listeners.values() for each in group]

    @property
    def is_looking(self) -> bool:
        """Whether the poller runs."""
        return self._poller is not None

    def of_bills(
        self, partner_id: int, principal: Principal
    ) -> AbstractAsyncContextManager[Listener]:
        """Hear of every bill of a partner that an event is written about.

        Raises Conflict (TOO_MANY_SUBSCRIPTIONS), Unavailable; this one and `of_export`.
        """
        return self._listen(self._bills, partner_id, principal)

    def of_export(
        self, export_id: int, principal: Principal
    ) -> AbstractAsyncContextManager[Listener]:
        """Hear of every change of an export."""
        return self._listen(self._exports, export_id, principal)

    def end(self) -> None:
        """Send everyone away, now and from now on: the process ends."""
        self._end = Unavailable("The server is going away; connect again.")
        self._dismiss(self._end)

    @asynccontextmanager
    async def _listen(
        self, channel: _Channel, number: int, principal: Principal
    ) -> AsyncIterator[Listener]:
        if self._end is not None:
            raise self._end
        listener = Listener()
        with self._seats.take(principal):
            try:
                await channel.join(number, listener)
                self._start()
                yield listener
            finally:
                channel.leave(number, listener)
                self._stop_if_idle()

    def _start(self) -> None:
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
            self._poller.add_done_callback(self._has_stopped)

    def _stop_if_idle(self) -> None:
        if self._poller is not None and not self.listeners:
            self._poller.cancel()
            self._poller = None

    async def _poll(self) -> None:
        clear_contextvars()  # it outlives the request that it was begun in
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._bills.look()
                await self._exports.look()
            except Unavailable as outage:
                # What is written meanwhile is found at the next look that succeeds.
                log.warning("changes_unread", reason=outage.message)

    def _has_stopped(self, poller: asyncio.Task[None]) -> None:
        failure = None if poller.cancelled() else poller.exception()
        if failure is not None:
            self._poller = None
            self._dismiss(failure)

    def _dismiss(self, why: BaseException) -> None:
        for listener in self.listeners:
            listener.end(why)
