"""A way to the test's PostgreSQL that can be blocked, as a network or a server that hangs is."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit


class Tunnel:
    """Passes on what is sent to `url` while it is open."""

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        self._socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._path = parts.path
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """The same database, through here."""
        return f"postgresql://postgres@127.0.0.1:{self.port}{self._path}"

    def stall(self) -> None:
        """Let nothing through, and refuse nothing."""
        self._may_pass.clear()
        self.mute()

    def mute(self) -> None:
        """Let what is sent through, and no answer back."""
        self._may_answer.clear()

    def resume(self) -> None:
        """Let everything through that was held up."""
        self._may_pass.set()
        self._may_answer.set()

    def cut(self) -> None:
        """Break every connection that there is."""
        for end in self._ends:
            end.transport.abort()

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        far, forth = await asyncio.open_unix_connection(self._socket)
        self._ends |= {back, forth}
        try:
            await asyncio.gather(
                self._pass(near, forth, self._may_pass), self._pass(far, back, self._may_answer)
            )
        finally:
            self._ends -= {back, forth}

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, may: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while some := await source.read(65_536):
                await may.wait()
                target.write(some)
                await target.drain()
        target.close()


@asynccontextmanager
async def tunnel_to(database_url: str) -> AsyncIterator[Tunnel]:
    """A tunnel to a PostgreSQL database on a unix socket."""
    tunnel = Tunnel(database_url)
    server = await asyncio.start_server(tunnel.carry, "127.0.0.1", 0)
    tunnel.port = server.sockets[0].getsockname()[1]
    try:
        yield tunnel
    finally:
        tunnel.resume()
        tunnel.cut()
        server.close()


def a_port_of_nobody() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
