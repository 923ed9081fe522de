"""Turns: one at a time, users alternating, with as much time in between as the last one took."""

import asyncio
import time
from functools import partial
from itertools import pairwise

import pytest

from api.turns import WAITING_PER_USER, Task, Turns
from models.rules.errors import RateLimited
from models.rules.principals import Principal, Role

ANN, BEN = (Principal(name, Role.PARTNER_VIEWER, 1) for name in ("ann", "ben"))


async def test_users_alternate_however_many_each_has_sent() -> None:
    turns, done = Turns(), list[str]()

    async def ask(who: Principal) -> None:
        await turns.take(who, Task(lambda: done.append(who.subject)))

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
    await asyncio.gather(*(turns.take(ANN, Task(work)) for _ in range(5)))
    ticking.cancel()
    # The last one is not followed by a rest that anybody here waits for.
    assert time.monotonic() - began >= 0.01 * 9
    assert [later > earlier for earlier, later in pairwise(seen)] == [True] * 4


async def test_user_with_too_many_waiting_is_refused_and_others_are_not() -> None:
    turns = Turns()
    held = asyncio.gather(
        *(turns.take(ANN, Task(lambda: None)) for _ in range(WAITING_PER_USER + 1))
    )
    await asyncio.sleep(0)
    with pytest.raises(RateLimited) as refused:
        await turns.take(ANN, Task(lambda: None))
    assert refused.value.seconds == 1
    assert await turns.take(BEN, Task(lambda: 7)) == 7
    await held
    assert await turns.take(ANN, Task(lambda: 8)) == 8


async def test_failure_ends_only_its_own_turn() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        await turns.take(ANN, Task(lambda: 1 // 0))
    assert await turns.take(ANN, Task(lambda: 1)) == 1


async def test_whoever_goes_away_is_passed_over() -> None:
    turns, done = Turns(), list[int]()
    asked = [asyncio.create_task(turns.take(ANN, Task(partial(done.append, n)))) for n in range(6)]
    await asyncio.sleep(0)
    for task in (asked[1], asked[2], asked[4]):
        task.cancel()
    await asyncio.wait(asked)
    assert done == [0, 3, 5]
    assert await turns.take(BEN, Task(lambda: 1)) == 1


async def test_turn_that_has_come_up_for_one_who_goes_away_is_the_next_one_s() -> None:
    turns, loop = Turns(), asyncio.get_running_loop()
    await turns.take(ANN, Task(lambda: time.sleep(0.005)))
    leaving, staying = (asyncio.create_task(turns.take(ANN, Task(lambda: 1))) for _ in range(2))
    await asyncio.sleep(0)
    # Just after its turn has come, and before it hears of that: both are due by then.
    loop.call_later(0.006, leaving.cancel)
    time.sleep(0.02)  # noqa: ASYNC251 - the loop is to be late
    await asyncio.wait([leaving, staying])
    assert (leaving.cancelled(), await staying) == (True, 1)


async def test_what_many_ask_for_at_once_is_done_once() -> None:
    turns, kept = Turns(), dict[str, int]()
    done = list[str]()

    async def ask(who: Principal) -> int:
        def work() -> int:
            done.append(who.subject)
            return 7

        kept["it"] = await turns.take(who, Task(work, partial(kept.get, "it"), key="it"))
        return kept["it"]

    many = [ask(who) for who in (ANN, BEN) for _ in range(5 * WAITING_PER_USER)]
    assert await asyncio.gather(*many) == [7] * len(many)
    assert done == ["ann"]


async def test_what_fails_is_tried_again_by_those_who_waited_for_it() -> None:
    turns, done = Turns(), list[int]()

    def work() -> None:
        done.append(1)
        raise ValueError

    asked = (turns.take(ANN, Task(work, key="it")) for _ in range(3))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError] * 3
    assert done == [1, 1, 1]
