"""The real application under its real server, and clients that listen to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.app import create_app
from api.changes import Changes
from models.adapters.production import DEVELOPMENT_SECRET
from models.adapters.settings import Settings
from models.adapters.tokens import mint
from models.rules.principals import Principal, Role

HOUR = timedelta(hours=1)
PATIENCE = 10.0
QUIET = 0.4  # several looks of the poller
PROTOCOL = Subprotocol("graphql-transport-ws")


def bearer(
    partner: int | None,
    role: Role = Role.PARTNER_FINANCE,
    subject: str = "ann",
    lifetime: timedelta = HOUR,
) -> str:
    """The value of an Authorization header."""
    who = Principal(subject, role, partner)
    now = datetime.now(UTC)
    return f"Bearer {mint(who, secret=DEVELOPMENT_SECRET, now=now, lifetime=lifetime)}"


@dataclass(frozen=True)
class Door:
    """Where a server listens."""

    port: int

    @asynccontextmanager
    async def connect(self, **options: Any) -> AsyncIterator["Socket"]:
        """A WebSocket on which nothing was said."""
        url = f"ws://127.0.0.1:{self.port}/graphql"
        async with connect(url, **{"subprotocols": [PROTOCOL]} | options) as connection:
            yield Socket(connection)

    @asynccontextmanager
    async def listen(self, authorization: str) -> AsyncIterator["Socket"]:
        """A WebSocket that has been acknowledged."""
        async with self.connect() as socket:
            await socket.say("connection_init", payload={"Authorization": authorization})
            assert await socket.hear() == {"type": "connection_ack"}
            yield socket

    @asynccontextmanager
    async def events(
        self, authorization: str, query: str, **headers: str
    ) -> AsyncIterator["Events"]:
        """An event stream."""
        headers = {"Authorization": authorization, "Accept": "text/event-stream"} | headers
        url = f"http://127.0.0.1:{self.port}/graphql"
        async with (
            httpx2.AsyncClient(timeout=PATIENCE) as http,
            http.stream("POST", url, json={"query": query}, headers=headers) as response,
        ):
            yield Events(response)


@dataclass(frozen=True)
class Live(Door):
    """A server that runs in this process."""

    changes: Changes

    async def eventually(self, listeners: int) -> None:
        """Wait until so many listen."""
        async with asyncio.timeout(PATIENCE):
            while len(self.changes.listeners) != listeners:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@dataclass(frozen=True)
class Socket:
    """The client's end of a WebSocket."""

    connection: ClientConnection

    async def say(self, kind: str, **rest: Any) -> None:
        """One message."""
        await self.connection.send(json.dumps({"type": kind, **rest}))

    async def subscribe(self, query: str, operation_id: str = "1", **payload: Any) -> None:
        """Begin an operation."""
        await self.say("subscribe", id=operation_id, payload={"query": query, **payload})

    async def hear(self) -> Any:
        """The next message."""
        return json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE))

    async def next(self) -> Any:
        """The data of the next message, which is an answer without errors."""
        message = await self.hear()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def refused(self) -> str:
        """The code of the only error of the next message, which ends an operation."""
        message = await self.hear()
        assert message["type"] == "error", message
        (error,) = message["payload"]
        return str(error["extensions"]["code"])

    async def silence(self) -> None:
        """Nothing is said for a while."""
        try:
            heard = await asyncio.wait_for(self.connection.recv(), QUIET)
        except TimeoutError:
            return
        raise AssertionError(heard)

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the end, which comes next."""
        try:
            heard = await asyncio.wait_for(self.connection.recv(), PATIENCE)
        except ConnectionClosed as end:
            assert end.rcvd is not None
            return end.rcvd.code, end.rcvd.reason
        raise AssertionError(heard)


class Events:
    """The client's end of an event stream."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def hear(self) -> tuple[str, Any]:
        """Name and data of the next event."""
        event: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line:
                    return event["event"], json.loads(event["data"] or "null")
                name, _, value = line.partition(": ")
                event[name] = value
        raise AssertionError("the stream has ended")

    async def next(self) -> Any:
        """The data of the next event, which is an answer without errors."""
        name, body = await self.hear()
        assert name == "next" and "errors" not in body, body
        return body["data"]

    async def refused(self) -> str:
        """The code of the only error of the next event."""
        name, body = await self.hear()
        assert (name, list(body)) == ("next", ["errors"]), body
        (error,) = body["errors"]
        return str(error["extensions"]["code"])

    async def completed(self) -> None:
        """The stream comes to its end."""
        assert await self.hear() == ("complete", None)
        assert [line async for line in self._lines] == []


@asynccontextmanager
async def serve(database_url: str, folder: Path, **changes: Any) -> AsyncIterator[Live]:
    """The application under uvicorn on a free port, looking for changes every 50 ms."""
    quick: dict[str, Any] = {"subscription_seconds": 0.05} | changes
    app = create_app(Settings(database_url=database_url, data_dir=folder, **quick))
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="on", log_level="warning", timeout_graceful_shutdown=5)
    )
    running = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Live(port, app.state.changes)
    finally:
        server.should_exit = True
        await running
