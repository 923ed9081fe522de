"""What others do while names are looked for in a text, which may take its time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from models.actions import customers

T = TypeVar("T")
PATIENCE_SECONDS = 5


async def while_names_are_looked_for(
    monkeypatch: pytest.MonkeyPatch, asked: Awaitable[T], other: Callable[[], Awaitable[object]]
) -> T:
    """What is `asked`, whose names are found once the `other` is done; fails where that waits."""
    looks, done = asyncio.Event(), asyncio.Event()

    async def look(call: Callable[[], str]) -> str:
        looks.set()
        await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
        return call()

    async def act() -> None:
        await looks.wait()
        await other()
        done.set()

    monkeypatch.setattr(customers, "in_thread", look)
    result, _ = await asyncio.gather(asked, act())
    return result
