"""Turns: one at a time, users alternating, with as much time in between as the last one took."""

import asyncio
import time
from itertools import pairwise

import pytest

from api.turns import WAITING_PER_USER, Turns
from models.rules.errors import RateLimited
from models.rules.principals import Principal, Role

ANN, BEN = (Principal(name, Role.PARTNER_VIEWER, 1) for name in ("ann", "ben"))


async def test_users_alternate_however_many_each_has_sent() -> None:
    turns, done = Turns(), list[str]()

    async def ask(who: Principal) -> None:
        await turns.take(who, lambda: done.append(who.subject))

    await asyncio.gather(*(ask(ANN) for _ in range(5)), *(ask(BEN) for _ in range(3)))
    # The first had come up before anybody else was there.
    assert done == ["ann", *["ann", "ben"] * 3, "ann"]


async def test_others_are_answered_between_two_turns() -> None:
    turns, ticks = Turns(), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    seen = list[int]()

    def work() -> None:
        seen.append(ticks)
        time.sleep(0.01)

    began = time.monotonic()
    await asyncio.gather(*(turns.take(ANN, work) for _ in range(5)))
    ticking.cancel()
    # The last one is not followed by a rest that anybody here waits for.
    assert time.monotonic() - began >= 0.01 * 9
    assert [later > earlier for earlier, later in pairwise(seen)] == [True] * 4


async def test_user_with_too_many_waiting_is_refused_and_others_are_not() -> None:
    turns = Turns()
    held = asyncio.gather(*(turns.take(ANN, lambda: None) for _ in range(WAITING_PER_USER + 1)))
    await asyncio.sleep(0)
    with pytest.raises(RateLimited) as refused:
        await turns.take(ANN, lambda: None)
    assert refused.value.seconds == 1
    assert await turns.take(BEN, lambda: 7) == 7
    await held
    assert await turns.take(ANN, lambda: 8) == 8


async def test_failure_ends_only_its_own_turn() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        await turns.take(ANN, lambda: 1 // 0)
    assert await turns.take(ANN, lambda: 1) == 1


async def test_whoever_goes_away_is_passed_over() -> None:
    turns, done = Turns(), list[int]()
    asked = [asyncio.create_task(turns.take(ANN, lambda n=n: done.append(n))) for n in range(6)]
    await asyncio.sleep(0)
    for task in (asked[1], asked[2], asked[4]):
        task.cancel()
    await asyncio.wait(asked)
    assert done == [0, 3, 5]
    assert await turns.take(BEN, lambda: 1) == 1


async def test_turn_that_has_come_up_for_one_who_goes_away_is_the_next_one_s() -> None:
    turns, loop = Turns(), asyncio.get_running_loop()
    await turns.take(ANN, lambda: time.sleep(0.005))
    leaving, staying = (asyncio.create_task(turns.take(ANN, lambda: 1)) for _ in range(2))
    await asyncio.sleep(0)
    # Just after its turn has come, and before it hears of that: both are due by then.
    loop.call_later(0.006, leaving.cancel)
    time.sleep(0.02)  # noqa: ASYNC251 - the loop is to be late
    await asyncio.wait([leaving, staying])
    assert (leaving.cancelled(), await staying) == (True, 1)
