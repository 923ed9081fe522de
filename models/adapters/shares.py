"""What the verbs of one partner may hold of the connections for writing, so that others get some.

Verbs of one partner wait for one another, and each does so with a connection in its hands: as many
as there are connections would keep every other partner waiting with them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from models.adapters.outages import NoTurn

TURN_SECONDS = 10


class Shares:
    """Who is at work now, by partner; each has room for `of_each` verbs at a time."""

    def __init__(self, of_each: int) -> None:
        self._of_each = of_each
        self._turns: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, partner_id: int) -> AsyncIterator[None]:
        """Work within the partner's share; raises NoTurn when there is no room for 10 seconds."""
        turns = self._turns.setdefault(partner_id, asyncio.Semaphore(self._of_each))
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await turns.acquire()
        except TimeoutError as late:
            raise NoTurn from late
        try:
            yield
        finally:
            turns.release()
