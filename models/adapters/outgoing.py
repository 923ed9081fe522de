"""Calling addresses that outsiders named, and no others (rule 20).

The name is resolved once for each call, every address it has is checked, and the connection is made
to one of those: what the name says a moment later does not matter. TLS still asks for the name. No
redirect is followed, no proxy used, no cookie kept, and nothing is unpacked.
"""

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore2
from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from models.adapters.resolving import resolve
from models.rules.addresses import require_public
from models.rules.errors import ErrorCode, Unavailable
from models.rules.webhooks import Target

CALL_SECONDS = 10
CONNECT_SECONDS = 3
STALL_SECONDS = 30  # in which not a byte was taken or given
MOST_ANSWER_BYTES = 64 * 1024

_BROKEN = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made; content of unknown length needs a Content-Length among the headers."""

    method: str
    target: Target
    headers: Mapping[str, str]
    content: bytes | AsyncIterator[bytes] = b""


class Answer:
    """The head of an answer, and its body as long as the call is open."""

    def __init__(self, response: httpcore2.Response) -> None:
        self.status = response.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        self._response = response

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, without end if the other side likes: to be counted."""
        return self._response.aiter_stream()

    async def beginning(self) -> bytes:
        """The body, of which no more than a little over 64 kB is read."""
        body = b""
        async for chunk in self.chunks():
            body += chunk
            if len(body) > MOST_ANSWER_BYTES:
                break
        return body


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Makes calls; `allow_private` lets it reach this machine and its neighbours as well.

    `trust` says which certificates hold, in place of the system's own list. `them` is what the
    other side is called in messages, `code` the code of those that say it did not answer.
    """

    allow_private: bool = False
    trust: ssl.SSLContext | None = None
    them: str = "The receiver"
    code: ErrorCode = ErrorCode.UNAVAILABLE

    async def addresses(self, target: Target) -> list[str]:
        """The addresses behind a name.

        Raises InvalidInput (ADDRESS_NOT_ALLOWED) when one of them may not be called, or there is
        none, and Unavailable when the name servers do not answer in time.
        """
        try:
            addresses = await resolve(target.host)
        except TimeoutError as slow:
            raise Unavailable("The name was not found in time; try again.", self.code) from slow
        if not addresses or not self.allow_private:
            require_public(target.host, addresses)
        return addresses

    async def post(self, target: Target, headers: Mapping[str, str], body: str) -> int:
        """Post a body, and give the status of the answer, all within 10 seconds.

        Raises InvalidInput (ADDRESS_NOT_ALLOWED), Unavailable when there was no whole answer.
        """
        call = Call("POST", target, headers, body.encode())
        async with self.open(call, seconds=CALL_SECONDS) as answer:
            await answer.beginning()
            return answer.status

    @asynccontextmanager
    async def open(self, call: Call, *, seconds: float) -> AsyncIterator[Answer]:
        """Make a call, for whose whole answer there is so much time.

        Raises InvalidInput (ADDRESS_NOT_ALLOWED), Unavailable when there was no whole answer.
        """
        with self._told(seconds):
            async with asyncio.timeout(seconds):
                addresses = await self.addresses(call.target)
                pool = AsyncConnectionPool(
                    self.trust or _system_trust(), network_backend=_Pinned(addresses)
                )
                async with pool, _stream(pool, call) as response:
                    yield Answer(response)

    @contextmanager
    def _told(self, seconds: float) -> Iterator[None]:
        try:
            yield
        except (*_BROKEN, TimeoutError) as broken:
            raise Unavailable(_reason(self.them, broken, seconds), self.code) from broken


def _stream(
    pool: AsyncConnectionPool, call: Call
) -> AbstractAsyncContextManager[httpcore2.Response]:
    target = call.target
    url = httpcore2.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )
    named = [("Host", target.authority), *call.headers.items()]
    stalled = {"timeout": {"read": STALL_SECONDS, "write": STALL_SECONDS}}
    return pool.stream(call.method, url, headers=named, content=call.content, extensions=stalled)


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


def _reason(them: str, broken: Exception, seconds: float) -> str:
    cause = broken.__cause__ or broken.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{them}'s certificate does not hold: {cause.verify_message}."
    if isinstance(broken, httpcore2.ConnectError | httpcore2.ConnectTimeout):
        return f"No connection to {them[0].lower()}{them[1:]} could be made."
    if isinstance(broken, httpcore2.TimeoutException):
        seconds = STALL_SECONDS
    elif not isinstance(broken, TimeoutError):
        return f"{them} broke off before its answer was whole."
    return f"{them} did not answer within {seconds:g} s."
