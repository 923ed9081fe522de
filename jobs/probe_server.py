"""A small HTTP server beside a worker, for probes and figures."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from models.rules.errors import InvalidInput

_LAST_SECONDS = 1


@asynccontextmanager
async def serve_probes(routes: list[BaseRoute], *, host: str, port: int) -> AsyncIterator[int]:
    """Answer while the block runs; gives the port, which the system picks when it is 0.

    Raises InvalidInput when the address cannot be used.
    """
    listening = _listen(host, port)
    server = _Server(
        uvicorn.Config(
            Starlette(routes=routes),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the worker, which answers while it comes to its end."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as taken:
        raise InvalidInput(
            f"Port {port} on {host} cannot be used ({taken.strerror}); choose another with"
            " --metrics-port."
        ) from taken
