"""Somebody who waits for news."""

import asyncio


class Listener:
    """What somebody has not been told yet: each object once, however often it changed.

    Whoever reads slowly misses states in between, never the last one, and nothing piles up.
    """

    def __init__(self) -> None:
        self._news: dict[str, None] = {}
        self._end: BaseException | None = None
        self._woken = asyncio.Event()

    def tell(self, public_id: str) -> None:
        """An object has changed."""
        self._news[public_id] = None
        self._woken.set()

    def end(self, why: BaseException) -> None:
        """There will be no more news."""
        self._end = why
        self._woken.set()

    async def next(self) -> str:
        """The public id of the object that has waited longest; raises what ended the news."""
        while self._end is None and not self._news:
            self._woken.clear()
            await self._woken.wait()
        if self._end is not None:
            raise self._end
        public_id = next(iter(self._news))
        del self._news[public_id]
        return public_id
