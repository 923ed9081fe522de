"""Uvicorn's HTTP, with the head and the body of an answer in one piece.

Uvicorn writes them one after the other, and uvloop sends each at once: two calls of the system, two
packets, and two awakenings of the client, for every answer. Here what is written in one turn of the
event loop leaves at its end, together. It is less for large answers, and a tenth of a short one.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# More than that does not wait for the end of the turn.
LARGEST_BYTES = 65_536


class JoinedWrites:
    """A transport that keeps what is written for the rest of a turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send, soon."""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > LARGEST_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what is kept, unless the connection is gone."""
        held, self._held, self._size = self._held, [], 0
        if held and not self._transport.is_closing():
            self._transport.writelines(held)

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close, once all was sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)


class JoinedHttp(HttpToolsProtocol):
    """One connection of HTTP/1.1."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._direct = transport
        self.transport = JoinedWrites(transport, self.loop)  # type: ignore[assignment]

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection, as it was, to WebSocket."""
        self.transport = self._direct
        super().handle_websocket_upgrade()
