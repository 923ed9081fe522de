"""One step ahead of whoever works with what the last one came to."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from models.adapters.ahead import one_ahead


def _steps(begun: list[int], ended: list[int], last: int) -> Callable[[], Awaitable[list[int]]]:
    async def step() -> list[int]:
        number = len(begun) + 1
        begun.append(number)
        await asyncio.sleep(0.01)
        ended.append(number)
        return [number] if number < last else []

    return step


async def test_next_one_is_under_way_while_one_is_worked_on() -> None:
    begun: list[int] = []
    async with aclosing(one_ahead(_steps(begun, [], 4))) as numbers:
        async for [number] in numbers:
            await asyncio.sleep(0)
            assert begun[-1] == number + 1
    assert begun == [1, 2, 3, 4]


async def test_none_is_under_way_when_whoever_asked_has_left() -> None:
    begun: list[int] = []
    ended: list[int] = []
    async with aclosing(one_ahead(_steps(begun, ended, 9))) as numbers:
        await anext(numbers)
    assert begun == ended == [1, 2]


async def test_failure_comes_after_what_was_there_before_it() -> None:
    seen: list[int] = []
    there = [[1], [2]]

    async def step() -> list[int]:
        if not there:
            raise ValueError("broken")
        return there.pop(0)

    with pytest.raises(ValueError, match="broken"):
        async with aclosing(one_ahead(step)) as numbers:
            async for [number] in numbers:
                seen.append(number)
    assert seen == [1, 2]
