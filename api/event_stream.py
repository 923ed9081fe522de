"""GraphQL over server-sent events, in distinct connections mode: one stream, one operation.

Events look as Strawberry's transport writes them. A client ends a subscription by closing.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeAlias

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http.streaming import SSETransport

from api.race import race
from api.streams import Ended, ended
from models.rules.errors import Unauthenticated

# Proxies and clients take a connection for dead that says nothing for long.
PING_SECONDS = 15.0
# How long a client whose token has run out may take to read what is left.
FAREWELL_SECONDS = 5.0

Bodies: TypeAlias = AsyncGenerator[bytes, None]
Refusal: TypeAlias = "asyncio.Task[Unauthenticated]"

SSE = SSETransport()


def accepts_events(accept: str) -> bool:
    """Whether a client that sends this Accept header reads event streams."""
    return "event-stream" in accept.lower() and SSE.accepts(accept)


def accepts_only_events(accept: str) -> bool:
    """Whether it reads nothing else that an answer could be."""
    return accepts_events(accept) and "json" not in accept and "*/*" not in accept


class EventStream(Response):
    """A response that sends `bodies` as they come, until `refused` says that the token is out.

    It begins when `is_listening` is set, or there is something to send: a client that has the
    headers hears of every change from then on.
    """

    def __init__(
        self,
        bodies: Bodies,
        refused: Coroutine[Any, Any, Unauthenticated],
        is_listening: asyncio.Event,
    ) -> None:
        super().__init__(headers={**SSE.headers, "Cache-Control": "no-store, no-transform"})
        del self.headers["Content-Length"]
        self._bodies = bodies
        self._refused = refused
        self._is_listening = is_listening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until there is nothing more to send, or nobody to send it to."""
        refusal = asyncio.create_task(self._refused)
        try:
            await race(self._send(send, refusal), _gone(receive), _overdue(refusal))
        finally:
            refusal.cancel()
            await asyncio.wait({refusal})

    async def _send(self, send: Send, refusal: Refusal) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        async with aclosing(_chunks(self._bodies, refusal, self._is_listening)) as chunks:
            await anext(chunks)
            await send(start)
            async for chunk in chunks:
                part = {"type": "http.response.body", "body": chunk.encode(), "more_body": True}
                await send(part)
        await send({"type": "http.response.body", "body": b""})


async def _chunks(
    bodies: Bodies, refusal: Refusal, is_listening: asyncio.Event
) -> AsyncGenerator[str, None]:
    """Nothing, once it begins; events, a comment when there was none for a while, a last word."""
    async with aclosing(bodies):
        body = asyncio.ensure_future(anext(bodies))
        listening = asyncio.ensure_future(is_listening.wait())
        try:
            first = {body, listening, refusal}
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            yield ""
            while not refusal.done():
                await asyncio.wait(
                    {body, refusal}, timeout=PING_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if body.done():
                    yield SSE.encode_event("next", body.result().decode())
                    body = asyncio.ensure_future(anext(bodies))
                elif not refusal.done():
                    yield SSE.encode_comment("ping")
            yield _errors(ended(refusal.result()))
        except StopAsyncIteration:
            pass
        except Ended as end:
            yield _errors(end)
        finally:
            body.cancel()
            listening.cancel()
            await asyncio.gather(body, listening, return_exceptions=True)
    yield SSE.encode_complete()


def _errors(end: Ended) -> str:
    return SSE.encode_event("next", orjson.dumps({"errors": end.errors}).decode())


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _overdue(refusal: Refusal) -> None:
    """A client that does not read must not keep its seat for ever."""
    await asyncio.wait({refusal})
    await asyncio.sleep(FAREWELL_SECONDS)
