"""A receiver of webhooks on loopback: a real server that checks every signature."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

Answer = Callable[[], Awaitable[Response]]


def status(code: int, **headers: str) -> Answer:
    """Answers with a status."""

    async def answer() -> Response:
        return Response(b"thanks", code, headers)

    return answer


async def hang() -> Response:
    """Takes the message, and says nothing."""
    await asyncio.sleep(60)
    return Response()


async def endless() -> Response:
    """Answers without end, as fast as it is read."""

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536
            await asyncio.sleep(0)  # else nobody notices that the caller has hung up

    return StreamingResponse(body())


async def dripping() -> Response:
    """Says 200 at once, and then a byte now and then."""

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    return StreamingResponse(body())


@dataclass
class Receiver:
    """What came in, and what is answered: `answers` one after the other, the last one for ever."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [status(200)])
    requests: list[Request] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The webhook-id of every message."""
        return [request.headers["webhook-id"] for request in self.requests]

    def verified(self, secret: str, index: int = -1) -> Any:
        """A message as a receiver with that secret takes it; raises when the signature is wrong."""
        return Webhook(secret).verify(self.bodies[index], dict(self.requests[index].headers))

    async def respond(self, request: Request) -> Response:
        """Take one message."""
        self.bodies.append((await request.body()).decode())
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer()


@asynccontextmanager
async def a_receiver(*answers: Answer, certificate: Path | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens; with a certificate (its key in the same file) by TLS."""
    receiver = Receiver()
    receiver.answers = list(answers) or receiver.answers
    methods = ["GET", "POST"]
    app = Starlette(routes=[Route("/{path:path}", receiver.respond, methods=methods)])
    config = uvicorn.Config(
        app, port=0, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=0,
        ssl_certfile=certificate, access_log=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag only
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    receiver.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task


def trusting(authority: Path) -> ssl.SSLContext:
    """A context that believes one authority and no other."""
    return ssl.create_default_context(cafile=str(authority))
