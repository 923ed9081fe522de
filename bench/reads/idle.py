"""A server that does nothing: `python -m bench.reads.idle PORT BYTES`.

Whatever comes is taken for one request, and the same bytes go back: what the load reaches against
it is the most that it could reach against any server.
"""

import asyncio
import sys
from typing import Any

import uvloop


class Idle(asyncio.Protocol):
    """One connection."""

    answer: bytes

    def connection_made(self, transport: Any) -> None:
        """Remember where answers go."""
        self._transport = transport

    def data_received(self, _data: bytes) -> None:
        """Answer."""
        self._transport.write(self.answer)


async def _serve(port: int, size: int) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    Idle.answer = head.encode() + b" " * size
    server = await asyncio.get_running_loop().create_server(Idle, "127.0.0.1", port)
    print("listening", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
