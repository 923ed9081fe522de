"""Calling addresses that outsiders named, and no others (rule 20).

The name is resolved once for each call, every address it has is checked, and the connection is made
to one of those: what the name says a moment later does not matter. TLS still asks for the name. No
redirect is followed, no proxy used, no cookie kept, and an answer is read up to 64 kB, unpacked
never.
"""

import asyncio
import functools
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpcore2
from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from models.rules.addresses import require_public
from models.rules.errors import Unavailable
from models.rules.webhooks import Target

CALL_SECONDS = 10
CONNECT_SECONDS = 3
RESOLVE_SECONDS = 3
MOST_ANSWER_BYTES = 64 * 1024

# A name server that is slow on purpose must not keep other work from its threads.
_resolvers = ThreadPoolExecutor(4, thread_name_prefix="resolve")
_BROKEN = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Makes calls; `allow_private` lets it reach this machine and its neighbours as well.

    `trust` says which certificates hold, in place of the system's own list.
    """

    allow_private: bool = False
    trust: ssl.SSLContext | None = None

    async def addresses(self, target: Target) -> list[str]:
        """The addresses behind a name.

        Raises InvalidInput (ADDRESS_NOT_ALLOWED) when one of them may not be called, or none is
        found within 3 seconds.
        """
        addresses = await _resolve(target.host, target.port)
        if not addresses or not self.allow_private:
            require_public(target.host, addresses)
        return addresses

    async def post(self, target: Target, headers: Mapping[str, str], body: str) -> int:
        """Post a body, and give the status of the answer, all within 10 seconds.

        Raises InvalidInput (ADDRESS_NOT_ALLOWED), Unavailable when there was no whole answer.
        """
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._post(target, headers, body.encode())
        except TimeoutError:
            raise Unavailable(f"The receiver did not answer within {CALL_SECONDS} s.") from None
        except _BROKEN as broken:
            raise Unavailable(_reason(broken)) from broken

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> int:
        url = httpcore2.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        named = [("Host", target.authority), *headers.items()]
        backend = _Pinned(await self.addresses(target))
        pool = AsyncConnectionPool(self.trust or _system_trust(), network_backend=backend)
        async with pool, pool.stream("POST", url, headers=named, content=body) as answer:
            size = 0
            async for chunk in answer.aiter_stream():
                size += len(chunk)
                if size > MOST_ANSWER_BYTES:
                    break
            return answer.status


class _Pinned(AsyncNetworkBackend):
    """Connects to the given addresses, one after the other, whatever it is asked for."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        *others, last = self._addresses
        for address in others:
            try:
                return await self._connect(address, port)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._connect(last, port)

    async def _connect(self, address: str, port: int) -> AsyncNetworkStream:
        return await self._network.connect_tcp(address, port, timeout=CONNECT_SECONDS)


@functools.cache
def _system_trust() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


async def _resolve(host: str, port: int) -> list[str]:
    look_up = functools.partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await loop.run_in_executor(_resolvers, look_up)
    except (TimeoutError, OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _reason(broken: Exception) -> str:
    cause = broken.__cause__ or broken.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"The receiver's certificate does not hold: {cause.verify_message}."
    if isinstance(broken, httpcore2.ConnectError | httpcore2.ConnectTimeout):
        return "No connection to the receiver could be made."
    return "The receiver broke off before its answer was whole."
