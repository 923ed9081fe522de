"""A question that many ask: put once at a time, and its answer kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The answer to `ask`, at most `keep` seconds old; nobody waits longer than `wait` seconds."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, keep: float, wait: float) -> None:
        self._ask = ask
        self._keep = keep
        self._wait = wait
        self._asking: asyncio.Task[T] | None = None
        self._fresh_until = 0.0

    async def answer(self) -> T:
        """The answer; raises TimeoutError where there is none in time, and what `ask` raises."""
        asking = self._asking
        if asking is None or (asking.done() and self._now() >= self._fresh_until):
            self._asking = asking = asyncio.create_task(self._put())
            asking.add_done_callback(_retrieve)
        if not (await asyncio.wait({asking}, timeout=self._wait))[0]:
            # Put again as soon as this one has come to its end.
            asking.cancel()
        if not asking.done() or asking.cancelled():
            raise TimeoutError
        return asking.result()

    async def _put(self) -> T:
        try:
            return await self._ask()
        finally:
            self._fresh_until = self._now() + self._keep

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _retrieve(asking: "asyncio.Task[T]") -> None:
    """What nobody waits for any more is nobody's complaint."""
    if not asking.cancelled():
        asking.exception()
