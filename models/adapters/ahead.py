"""Doing the next thing while somebody works with the last."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sized
from typing import TypeVar

T = TypeVar("T", bound=Sized)


async def one_ahead(step: Callable[[], Awaitable[T]]) -> AsyncGenerator[T, None]:
    """What `step` comes to, again and again, until that is empty.

    The next one is always being worked on. Use it under `contextlib.aclosing`: whatever the step
    uses may be closed afterwards, as none is under way any more.
    """
    ahead = asyncio.ensure_future(step())
    try:
        while done := await ahead:
            ahead = asyncio.ensure_future(step())
            yield done
    finally:
        await asyncio.gather(ahead, return_exceptions=True)
