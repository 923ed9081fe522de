"""Hearing early that the process is to end.

A server waits for open responses before it ends the application; one that streams for hours has to
hear of it first.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# A server closes connections up to a tenth of a second after it was told to end, without a word.
FAREWELL_SECONDS = 0.25
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def told_of_exit(tell: Callable[[], None]) -> Iterator[None]:
    """While the block runs, call `tell` in the event loop when the server is signalled to end.

    The server hears of it FAREWELL_SECONDS later: time for a last word to everybody who listens.
    Where it has no handlers of its own, nothing is changed.
    """
    loop = asyncio.get_running_loop()
    handlers = _handlers() if threading.current_thread() is threading.main_thread() else {}

    def begin(number: int) -> None:
        tell()
        loop.call_later(FAREWELL_SECONDS, handlers[signal.Signals(number)], number, None)

    def handle(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin, number)

    for number in handlers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _handlers() -> dict[signal.Signals, Callable[[int, FrameType | None], object]]:
    found = {number: signal.getsignal(number) for number in _SIGNALS}
    return {number: handler for number, handler in found.items() if callable(handler)}
