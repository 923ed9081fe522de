"""WebSockets: floods before and after the introduction, many of them, large messages."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from api.pace import Pace
from api.strangers import WAITING, Strangers
from api.transport_handler import FIRST_MESSAGES, MESSAGES_AT_ONCE, MESSAGES_PER_SECOND
from api.websocket import LET_IN_AT_ONCE, LET_IN_PER_SECOND
from bench.abuse.target import Target
from tests.api.live import PATIENCE, Door

ME = "{ viewer { role } }"
BILLS = "subscription { billChanged { id } }"


@pytest.fixture
def door(target: Target) -> Door:
    """Where it listens."""
    return Door(target.port)


async def test_whoever_talks_without_an_introduction_is_sent_away(door: Door) -> None:
    async with door.connect() as socket:
        for _ in range(FIRST_MESSAGES):
            await socket.say("ping")
            assert (await socket.hear())["type"] == "pong"
        await socket.say("ping")
        assert await socket.closed() == (4400, "BAD_REQUEST: Say connection_init first.")


async def test_silent_connections_make_room_for_one_who_speaks(target: Target, door: Door) -> None:
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(door.connect()) for _ in range(WAITING + 10)]
        for socket in silent[:10]:
            assert (await socket.closed())[0] == 1013
        socket = await stack.enter_async_context(door.listen(target.bearer("ann")))
        await socket.subscribe(ME)
        assert await socket.next() == {"viewer": {"role": "PARTNER_FINANCE"}}
        await silent[-1].say("ping")
        assert await silent[-1].hear() == {"type": "pong"}


async def test_many_at_once_are_let_in_one_after_the_other(door: Door) -> None:
    async def come() -> None:
        async with door.connect():
            pass

    began, more = time.monotonic(), 60
    await asyncio.gather(*(come() for _ in range(LET_IN_AT_ONCE + more)))
    assert time.monotonic() - began >= (more - 1) / LET_IN_PER_SECOND


async def test_message_that_is_too_long_is_not_read(target: Target, door: Door) -> None:
    async with door.listen(target.bearer("lou")) as socket:
        await socket.connection.send("x" * 100_001)
        assert (await socket.closed())[0] == 1009


async def test_message_in_too_many_pieces_is_not_read(target: Target, door: Door) -> None:
    async with door.listen(target.bearer("lou")) as socket:

        async def pieces() -> AsyncIterator[str]:
            for _ in range(101):
                yield "x" * 1_000
            # Were more on its way, TCP could cut the connection before the reason is read.
            assert (await socket.closed())[0] == 1009

        with pytest.raises(ConnectionClosed):
            await socket.connection.send(pieces())


async def test_flood_of_messages_is_read_at_a_pace(target: Target, door: Door) -> None:
    async with door.listen(target.bearer("mallory")) as socket:
        began, more = time.monotonic(), 20
        for _ in range(MESSAGES_AT_ONCE + more):
            await socket.say("ping")
        for _ in range(MESSAGES_AT_ONCE + more):
            assert await socket.hear() == {"type": "pong"}
        # The introduction was a message, too.
        assert time.monotonic() - began >= (more - 1) / MESSAGES_PER_SECOND


async def test_one_user_has_so_many_connections_and_subscriptions(
    target: Target, door: Door
) -> None:
    who = target.bearer("greta")
    async with AsyncExitStack() as stack:
        [first, *_] = [await stack.enter_async_context(door.listen(who)) for _ in range(10)]
        eleventh = await stack.enter_async_context(door.connect())
        await eleventh.say("connection_init", payload={"Authorization": who})
        assert (await eleventh.closed())[0] == 4429
        for number in range(11):
            await first.subscribe(BILLS, str(number))
        assert await first.refused() == "TOO_MANY_SUBSCRIPTIONS"
        await stack.enter_async_context(door.listen(target.bearer("ann")))


async def test_many_operations_at_once_are_refused_or_answered(target: Target, door: Door) -> None:
    """Each of them gets its answer, and then all is as before."""
    async with door.listen(target.bearer("mallory")) as socket:
        for number in range(60):
            await socket.subscribe(f"query q{number} {ME}", str(number))
        ended: dict[str, str] = {}
        while len(ended) < 60:
            message = await socket.hear()
            if message["type"] == "error":
                ended[message["id"]] = message["payload"][0]["extensions"]["code"]
            elif message["type"] == "complete":
                ended[message["id"]] = "answered"
        assert set(ended.values()) <= {"answered", "TOO_MANY_SUBSCRIPTIONS", "RATE_LIMITED"}
        await socket.subscribe(ME)
        assert await socket.next() == {"viewer": {"role": "PARTNER_FINANCE"}}


async def test_connection_that_breaks_in_the_middle_leaves_nothing(
    target: Target, door: Door
) -> None:
    who = target.bearer("harry")
    for _ in range(12):  # more than one user may have at once
        async with door.connect() as socket:
            await socket.say("connection_init", payload={"Authorization": who})
            assert await socket.hear() == {"type": "connection_ack"}
            await socket.connection.send(json.dumps({"type": "subscribe", "id": "1",
                                                     "payload": {"query": BILLS}}))  # fmt: skip
            socket.connection.transport.abort()
    async with asyncio.timeout(PATIENCE):
        while True:
            async with door.connect() as socket:
                await socket.say("connection_init", payload={"Authorization": who})
                try:
                    assert await socket.hear() == {"type": "connection_ack"}
                    return
                except ConnectionClosed:
                    await asyncio.sleep(0.05)


async def test_stranger_who_came_first_leaves_first() -> None:
    strangers = Strangers()
    guests = [strangers.come() for _ in range(WAITING + 1)]
    leaving = [guest.__enter__() for guest in guests]
    assert [event.is_set() for event in leaving] == [True] + [False] * WAITING
    strangers.introduce(leaving[1])
    assert strangers.waiting == WAITING - 1
    for guest in guests:
        guest.__exit__(None, None, None)
    assert strangers.waiting == 0


def test_pace_allows_a_burst_and_then_so_many_a_second() -> None:
    pace = Pace(at_once=3, per_second=2)
    assert [pace.seconds_to_wait(100.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert pace.seconds_to_wait(101.0) == pytest.approx(0.5)
    assert [pace.seconds_to_wait(900.0) for _ in range(4)] == [0, 0, 0, 0.5]
