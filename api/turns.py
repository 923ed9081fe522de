"""Turns at what takes the process for a while: reading, checking and planning a new document.

That is Python at work for some ten milliseconds. It is done in a thread, so that the event loop
gets a word in every few of them; one is done at a time, users take turns, however many documents
each of them has sent, and after each as much time passes as it took: whoever asks for what is known
has half of the process left. What many ask for at once is read once.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from models.rules.errors import RateLimited
from models.rules.principals import Principal

T = TypeVar("T")

WAITING_PER_USER = 100
# Whoever is refused at once asks again at once, which takes the process as well.
REFUSAL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """What a turn is for.

    `found` is what has come of it already, in the event loop; `work` does it, in a thread. Of the
    same `key` a user has one turn under way: who asks for the same meanwhile waits for that.
    """

    work: Callable[[], T]
    found: Callable[[], T | None] = lambda: None
    key: Hashable = field(default_factory=object)


class Turns:
    """One at a time, the users in turn, at most `WAITING_PER_USER` of each waiting."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Principal, deque[asyncio.Future[None]]] = OrderedDict()
        self._under_way: dict[tuple[Principal, Hashable], asyncio.Future[None]] = {}
        self._is_taken = False
        self._thread = ThreadPoolExecutor(1, "turns")

    async def take(self, who: Principal, task: Task[T]) -> T:
        """What comes of the task when it is this user's turn; raises RateLimited."""
        mine = (who, task.key)
        if mine in self._under_way:
            await asyncio.wait({self._under_way[mine]})
        found = task.found()
        if found is not None:
            return found
        ended = asyncio.get_running_loop().create_future()
        is_first = self._under_way.setdefault(mine, ended) is ended
        try:
            await self._come_up(who)
            return await self._do(task)
        finally:
            if is_first:
                del self._under_way[mine]
                ended.set_result(None)

    async def _do(self, task: Task[T]) -> T:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            found = task.found()  # by another user's turn, meanwhile
            return await loop.run_in_executor(self._thread, task.work) if found is None else found
        finally:
            loop.call_later(loop.time() - began, self._go_on)

    async def _come_up(self, who: Principal) -> None:
        line = self._lines.setdefault(who, deque())
        if len(line) >= WAITING_PER_USER:
            await asyncio.sleep(REFUSAL_SECONDS)
            raise RateLimited(
                f"{WAITING_PER_USER} new documents of yours are waiting to be read; ask again in"
                " 1 s, with the values in variables, so that a document is read once.",
                seconds=1,
            )
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        if not self._is_taken:
            self._go_on()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had come up just then
                self._go_on()
            elif turn in line:
                line.remove(turn)
            raise

    def _go_on(self) -> None:
        """Let the first of the next user go ahead."""
        self._is_taken = False
        while self._lines and not self._is_taken:
            who, line = self._lines.popitem(last=False)
            while line and not self._is_taken:
                turn = line.popleft()
                if not turn.done():
                    turn.set_result(None)
                    self._is_taken = True
            if line:
                self._lines[who] = line
