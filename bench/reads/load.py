"""The load: `python -m bench.reads.load`, orders by lines of JSON, one line of results for each.

Keep-alive connections on uvloop, each with one request at a time; nothing is parsed but what ends
an answer and how long it is. A status other than expected, or a length other than when the answer
was checked, ends the run. `idle` shows how much faster than any server this is.
"""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from statistics import median, quantiles
from typing import Any

import httptools
import orjson
import uvloop

MOST_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Order:
    """Ask `requests` in turn, from the one at `start`, over so many connections.

    For `seconds`, and longer where fewer than `least` were answered by then.
    """

    port: int
    connections: int
    seconds: float
    least: int
    start: int
    requests: Sequence[str]  # whole HTTP requests
    lengths: Sequence[int]  # of their answers' bodies
    status: int = 200


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it; latencies in milliseconds, the CPU time is this process's."""

    requests: int
    seconds: float
    median_ms: float
    p99_ms: float
    client_cpu: float


class Work:
    """What is left to do, and what was done."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.latencies: list[float] = []
        self.done = asyncio.get_running_loop().create_future()
        pairs = zip([text.encode() for text in order.requests], order.lengths, strict=True)
        self._requests: Iterator[tuple[bytes, int]] = islice(cycle(pairs), order.start, None)
        self._began = time.perf_counter()
        self.seconds = 0.0

    def next(self) -> tuple[bytes, int] | None:
        """The next request and how long its answer is; None when it is enough."""
        self.seconds = time.perf_counter() - self._began
        is_over = self.seconds >= self.order.seconds and len(self.latencies) >= self.order.least
        if is_over or self.seconds >= MOST_SECONDS:
            if not self.done.done():
                self.done.set_result(None)
            return None
        return next(self._requests)

    def fail(self, why: str) -> None:
        """Give the whole run up."""
        if not self.done.done():
            self.done.set_exception(RuntimeError(why))


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    _sent: float
    _expected: int

    def __init__(self, work: Work) -> None:
        self._work = work

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._parser.feed_data(data)

    def connection_lost(self, _error: Exception | None) -> None:
        """A server that hangs up has failed; after the end it does no harm."""
        self._work.fail("The server has closed a connection.")

    def on_body(self, body: bytes) -> None:
        """Part of an answer's body."""
        self._length += len(body)

    def on_message_complete(self) -> None:
        """A whole answer."""
        status = self._parser.get_status_code()
        if (status, self._length) != (self._work.order.status, self._expected):
            self._work.fail(f"Status {status}, {self._length} bytes, not {self._expected}.")
            return
        self._work.latencies.append(time.perf_counter() - self._sent)
        self._send()

    def _send(self) -> None:
        following = self._work.next()
        if following is None:
            self._transport.close()
            return
        request, self._expected = following
        self._length, self._parser = 0, httptools.HttpResponseParser(self)
        self._sent = time.perf_counter()
        self._transport.write(request)


async def run(order: Order) -> Result:
    """Carry one order out."""
    loop, cpu = asyncio.get_running_loop(), time.process_time()
    work, transports = Work(order), []
    try:
        for _ in range(order.connections):
            made = await loop.create_connection(lambda: Connection(work), "127.0.0.1", order.port)
            transports.append(made[0])
        await asyncio.wait_for(work.done, 2 * MOST_SECONDS)
    finally:
        for transport in transports:
            transport.abort()
    ms = [1000 * seconds for seconds in work.latencies]
    p99 = quantiles(ms, n=100)[98] if len(ms) > 1 else ms[0]
    return Result(len(ms), work.seconds, median(ms), p99, time.process_time() - cpu)


async def _serve_orders() -> None:
    for line in sys.stdin.buffer:
        result = await run(Order(**orjson.loads(line)))
        sys.stdout.buffer.write(orjson.dumps(asdict(result)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(_serve_orders())
