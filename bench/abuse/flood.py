"""A flood: `python -m bench.abuse.flood KIND PORT SECONDS CONNECTIONS NUMBER`.

The bearer token comes on standard input. A line on standard output says that it begins, the next
one, in JSON, what came of it. Each
connection has one request at a time. Nothing of an answer is read but its status and its length.
"""

import asyncio
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count, cycle
from statistics import median

import orjson

from bench.abuse.attack import Attack, asked
from bench.abuse.documents import DOCUMENTS, many
from bench.abuse.requests import REQUESTS
from bench.abuse.sockets import HOLDING, Holding

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def fresh_documents(number: int) -> Iterator[bytes]:
    """Valid documents of 8 kB, each other than all before."""
    for each in count(number * 1_000_000):
        regions = many(f'"r{each}-%d"', 900)
        yield asked(f'{{bill(id:"bil_1"){{products(regions:[{regions}]){{nodes{{product}}}}}}}}')


def long_documents(number: int) -> Iterator[bytes]:
    """Documents of 1,900 fields that the schema does not have."""
    for each in count(number * 1_000_000):
        yield asked(f"{{viewer{{{many(f'f{each}_%d', 1_900)}}}}}")


def fresh_hashes(number: int) -> Iterator[bytes]:
    """Documents to be kept under their hashes."""
    for each in count(number * 1_000_000):
        text = f"query q{each}{{viewer{{{many(f'r{each}_%d:role', 30)}}}}} #{'x' * 7_000}"
        digest = sha256(text.encode()).hexdigest()
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
        yield asked(text, extensions=extensions)


def fresh_variables(number: int) -> Iterator[bytes]:
    """One document with variables that are large, and always others."""
    text = 'query($r:[String]){bill(id:"bil_1"){products(regions:$r){nodes{product}}}}'
    for each in count(number * 1_000_000):
        yield asked(text, variables={"r": [f"r{each}-{place}" for place in range(2_000)]})


def known_query(_number: int) -> Iterator[bytes]:
    """The same small query, as fast as it is answered."""
    return cycle([asked("{viewer{role subject}}")])


def costly_queries(_number: int) -> Iterator[bytes]:
    """A query of nearly all that one request may ask for."""
    charges = many("a%d:charges(first:100){nodes{id amount{amount}}}", 25)
    return cycle([asked(f'{{bill(id:"bil_1"){{{charges}}}}}')])


def whole_catalogue(number: int) -> Iterator[bytes]:
    """Every attack that is a body, in turn."""
    bodies = [each.body for each in (*DOCUMENTS, *REQUESTS) if _is_plain(each)]
    return cycle(bodies[number % len(bodies) :] + bodies[: number % len(bodies)])


def _is_plain(attack: Attack) -> bool:
    return attack.method == "POST" and attack.is_signed_in and 0 < len(attack.body) <= 100_000


KINDS: dict[str, Callable[[int], Iterator[bytes]]] = {
    "fresh documents": fresh_documents,
    "long documents": long_documents,
    "fresh hashes": fresh_hashes,
    "fresh variables": fresh_variables,
    "a known query": known_query,
    "costly queries": costly_queries,
    "the whole catalogue": whole_catalogue,
}


class Flood:
    """What was sent, and what came back."""

    def __init__(self, port: int, authorization: str, bodies: Iterator[bytes]) -> None:
        self._port = port
        self._authorization = authorization
        self._bodies = bodies
        self.statuses: Counter[str] = Counter()
        self.seconds: list[float] = []

    async def run(self, connections: int, seconds: float) -> None:
        """Send on so many connections for so long; what is under way then is waited for."""
        until = time.monotonic() + seconds
        await asyncio.gather(*(self._connection(until) for _ in range(connections)))

    async def _connection(self, until: float) -> None:
        while time.monotonic() < until:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                while time.monotonic() < until and await self._ask(reader, writer):
                    pass
            except (ConnectionError, asyncio.IncompleteReadError):
                self.statuses["0"] += 1
            finally:
                writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send one; whether the connection goes on."""
        body, began = next(self._bodies), time.perf_counter()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: {self._authorization}\r\nContent-Type: application/json\r\n"
            f"Accept: application/graphql-response+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        await reader.readexactly(int(length[1]) if length else 0)
        self.seconds.append(time.perf_counter() - began)
        self.statuses[answer[9:12].decode()] += 1
        return b"connection: close" not in answer.lower()


async def hold(kind: str, port: int, authorization: str, size: tuple[int, float]) -> Flood:
    """What came of a flood that holds connections, told as that of requests is."""
    connections, seconds = size
    holding = Holding(port, authorization, time.monotonic() + seconds)
    await asyncio.gather(*(HOLDING[kind](holding) for _ in range(connections)))
    flood = Flood(port, authorization, iter(()))
    flood.statuses = holding.seen
    return flood


async def begin(arguments: list[str], authorization: str) -> Flood:
    """Flood a server as the command line says."""
    kind, port, seconds, connections, number = arguments
    if kind in HOLDING:
        return await hold(kind, int(port), authorization, (int(connections), float(seconds)))
    requests = Flood(int(port), authorization, KINDS[kind](int(number)))
    await requests.run(int(connections), float(seconds))
    return requests


def main() -> None:
    """Say that it begins, flood, and say what came of it."""
    # Attackers have machines of their own; on this one they leave the server its share.
    os.nice(10)
    authorization = sys.stdin.read().strip()
    sys.stdout.buffer.write(b"begun\n")
    sys.stdout.buffer.flush()
    done = asyncio.run(begin(sys.argv[1:], authorization))
    told = {"statuses": done.statuses, "median_seconds": median(done.seconds or [0.0])}
    sys.stdout.buffer.write(orjson.dumps(told) + b"\n")


if __name__ == "__main__":
    main()
