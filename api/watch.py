"""What goes around every request: an id, figures, and, where set, a line in the log and a span.

A plain ASGI wrapper, on the way of every request: it costs some microseconds. It tells routes,
statuses, times, kinds and names of operations, and never what was asked or answered.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import count
from time import time_ns

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.failures import bug
from api.metrics import HTTP_REQUESTS, SEEN, Outcome, Seen
from models.adapters.tracing import Span, Tracing

HEADER = b"x-request-id"
ROUTES = frozenset({"graphql", "downloads", "webhooks", "graphiql", "healthz", "readyz", "metrics"})
# Not worth a line or a span: machines ask for them every second.
_PROBES = frozenset({"healthz", "readyz", "metrics"})
_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME_CHARACTERS = 80

# Finding a labelled figure takes longer than counting.
_requests_of = cache(HTTP_REQUESTS.labels)

log = structlog.get_logger()


class Watch:
    """Wraps the application; `prefix` begins the ids that are made here, one for each process."""

    def __init__(
        self, app: ASGIApp, *, prefix: str, has_line: bool = False, tracing: Tracing | None = None
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._numbers = count(1)
        self._has_line = has_line
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or carry one WebSocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _sent_id(scope["headers"]) or f"{self._prefix}{next(self._numbers):x}"
        bind_contextvars(request_id=request_id)
        if scope["type"] == "http":
            await self._answer(_Request(scope, send, request_id), receive)
        else:
            await self._app(scope, receive, _with_header(send, request_id))

    async def _answer(self, request: "_Request", receive: Receive) -> None:
        seen, began = Seen(), time_ns()
        SEEN.set(seen)
        try:
            await self._app(request.scope, receive, request.send)
        except Exception as failure:  # the last line: masked, logged once, answered
            await request.fail(failure)
        finally:
            self._tell(request, seen, began)

    def _tell(self, request: "_Request", seen: Seen, began: int) -> None:
        _requests_of(request.route, request.status).inc()
        if request.route in _PROBES:
            return
        if self._has_line:
            milliseconds = (time_ns() - began) // 10**6
            log.info("request", **request.facts(seen), milliseconds=milliseconds)
        if self._tracing:
            self._tracing.tell(_span(request, seen, began))


class _Request:
    """One request on its way: its answer passes through `send`."""

    __slots__ = ("_send", "id", "route", "scope", "status")

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self.scope = scope
        self._send = send
        self.id = request_id
        self.status = 0  # as long as no answer has begun
        first = scope["path"].split("/", 2)[1:2]
        self.route = first[0] if first and first[0] in ROUTES else "other"

    async def send(self, message: Message) -> None:
        """Pass a message on, the first one with the id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (HEADER, self.id.encode())]
        await self._send(message)

    async def fail(self, failure: Exception) -> None:
        """Answer for what nothing below has caught, unless an answer has begun."""
        body = orjson.dumps({"errors": [bug(failure)]})
        if not self.status:
            headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
            await self.send({"type": "http.response.start", "status": 500, "headers": headers})
            await self.send({"type": "http.response.body", "body": body})

    def facts(self, seen: Seen) -> dict[str, str | int]:
        """What is told of it."""
        told: dict[str, str | int] = {
            "method": str(self.scope["method"])[:10],
            "route": f"/{self.route}",
            "status": self.status,
        }
        if seen.kind:
            told |= {
                "operation": seen.kind,
                "name": seen.name[:_NAME_CHARACTERS],
                "outcome": seen.outcome.value,
            }
        return told


def _sent_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The id that the client or a proxy has given, where it is one."""
    for name, value in headers:
        if name == HEADER:
            return value.decode() if _ID.fullmatch(value) else None
    return None


def _with_header(send: Send, request_id: str) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "websocket.accept":
            message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
        await send(message)

    return sent


def _span(request: _Request, seen: Seen, began: int) -> Span:
    told = request.facts(seen)
    names = {
        "method": "http.request.method",
        "route": "http.route",
        "status": "http.response.status_code",
        "operation": "graphql.operation.type",
        "name": "graphql.operation.name",
        "outcome": "bills.outcome",
    }
    attributes = {names[key]: value for key, value in told.items()}
    attributes["bills.request.id"] = request.id
    parent = dict(request.scope["headers"]).get(b"traceparent", b"").decode("latin-1")
    name = f"{seen.kind} {seen.name}".strip() if seen.kind else f"{told['method']} {told['route']}"
    has_failed = request.status >= 500 or seen.outcome is Outcome.FAILED
    return Span(name, "SERVER", began, time_ns(), attributes, has_failed, parent)
