"""The load counts what was answered, and accepts nothing but what was to be expected."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bench.reads.idle import Idle
from bench.reads.load import Order, run

REQUESTS = [f"GET /{number} HTTP/1.1\r\nHost: x\r\n\r\n" for number in range(3)]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that answers 20 bytes, whatever it is asked."""
    Idle.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b" " * 20
    server = await asyncio.get_running_loop().create_server(Idle, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.sleep(0.05)  # its connections have been closed by then


async def test_it_asks_at_least_as_often_as_ordered(port: int) -> None:
    for connections in (1, 4):
        result = await run(Order(port, connections, 0, 50, 2, REQUESTS, [20] * 3))
        assert 50 <= result.requests <= 50 + connections
        assert 0 < result.median_ms <= result.p99_ms


@pytest.mark.parametrize(("length", "status"), [(19, 200), (20, 304)])
async def test_another_answer_than_expected_ends_it(port: int, length: int, status: int) -> None:
    with pytest.raises(RuntimeError, match="Status 200, 20 bytes"):
        await run(Order(port, 2, 0, 50, 0, REQUESTS, [length] * 3, status))
