"""Floods that hold connections: WebSockets that say nothing or too much, bodies that never end."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

_PROTOCOL = Subprotocol("graphql-transport-ws")

# What came back: close codes, statuses, kinds of messages; 0 for a connection that just ended.
Seen: TypeAlias = "Counter[str]"


class Holding:
    """One kind of flood of one process; `until` in seconds of the monotonic clock."""

    def __init__(self, port: int, authorization: str, until: float) -> None:
        self.port = port
        self.until = until
        self.seen: Seen = Counter()
        self._authorization = authorization
        self._numbers = count()

    @property
    def is_over(self) -> bool:
        """Whether it is time to stop."""
        return time.monotonic() >= self.until

    async def silent(self) -> None:
        """Open a WebSocket, say nothing, and open another one when it is closed."""
        await self._again(self._drain)

    async def talking(self) -> None:
        """Introduce oneself, then ping as fast as it goes."""
        await self._again(self._ping)

    async def asking(self) -> None:
        """Introduce oneself, then send new documents as fast as it goes."""
        await self._again(self._subscribe)

    async def half_bodies(self) -> None:
        """Send half a body and wait."""
        while not self.is_over:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
            await self._until_end(reader, writer)

    async def half_heads(self) -> None:
        """Send half a head and wait."""
        while not self.is_over:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-")
            await self._until_end(reader, writer)

    async def _until_end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(max(0.0, self.until - time.monotonic())):
                answer = await reader.read(100)
            self.seen[answer[9:12].decode() or "0"] += 1
        except TimeoutError:
            self.seen["held to the end"] += 1
        except ConnectionError:
            self.seen["0"] += 1
        finally:
            writer.close()

    async def _again(self, work: Callable[[ClientConnection], Awaitable[None]]) -> None:
        url = f"ws://127.0.0.1:{self.port}/graphql"
        while not self.is_over:
            try:
                async with connect(url, subprotocols=[_PROTOCOL], open_timeout=60) as connection:
                    await work(connection)
            except ConnectionClosed as end:
                self.seen[str(end.rcvd.code) if end.rcvd else "0"] += 1
            except (InvalidHandshake, OSError, TimeoutError):
                self.seen["0"] += 1

    async def _drain(self, connection: ClientConnection) -> None:
        """Read until the end."""
        while not self.is_over:
            try:
                async with asyncio.timeout(max(0.01, self.until - time.monotonic())):
                    message = json.loads(await connection.recv())
            except TimeoutError:
                self.seen["held to the end"] += 1
                return
            self.seen[str(message["type"])] += 1

    async def _ping(self, connection: ClientConnection) -> None:
        await self._both(connection, lambda: {"type": "ping"})

    async def _subscribe(self, connection: ClientConnection) -> None:
        def message() -> dict[str, object]:
            number = next(self._numbers)
            fields = " ".join(f"a{number}_{place}:role" for place in range(28))
            query = f"{{viewer{{{fields}}}}}"
            return {"type": "subscribe", "id": str(number), "payload": {"query": query}}

        await self._both(connection, message)

    async def _both(
        self, connection: ClientConnection, message: Callable[[], dict[str, object]]
    ) -> None:
        """Introduce oneself, then write and read at once."""
        introduction = {"Authorization": self._authorization}
        await connection.send(json.dumps({"type": "connection_init", "payload": introduction}))
        reading = asyncio.create_task(self._drain(connection))
        try:
            while not self.is_over and not reading.done():
                try:
                    async with asyncio.timeout(max(0.01, self.until - time.monotonic())):
                        await connection.send(json.dumps(message()))
                        await asyncio.sleep(0)  # sending alone need not wait for anything
                except TimeoutError:
                    break
        finally:
            await reading


HOLDING: dict[str, Callable[[Holding], Awaitable[None]]] = {
    "silent WebSockets": Holding.silent,
    "pings": Holding.talking,
    "new documents over WebSockets": Holding.asking,
    "half bodies": Holding.half_bodies,
    "half heads": Holding.half_heads,
}
