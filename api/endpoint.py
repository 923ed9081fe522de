"""`POST /graphql`: guard, authenticate, answer."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.auth import authenticate, bearer_token
from api.context import Context
from api.documents import InvalidDocument
from api.errors import error_body
from api.event_stream import EventStream, accepts_events, accepts_only_events
from api.execution import Asked, Executor
from api.failures import bug
from api.guard import GraphQLRequest, read_graphql_request
from api.status import http_headers, http_status
from api.streams import answers, until_refused
from models.adapters.tokens import TokenVerifier
from models.rules.errors import BillingError, ErrorCode

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The GraphQL endpoint and all it needs."""

    executor: Executor
    verifier: TokenVerifier
    origins: frozenset[str]
    context: Callable[..., Context]
    clock: Callable[[], datetime]

    async def respond(self, request: Request) -> Response:
        """Answer one request; every failure is JSON with a code."""
        media_type = _media_type(request)
        try:
            answered = await self._answer(request, media_type)
            if isinstance(answered, EventStream):
                return answered
            body, status = answered
            headers: dict[str, str] = {}
        except BillingError as refused:
            body = orjson.dumps(error_body(refused.code, refused.message))
            status = _status(refused.code, media_type)
            headers = dict(http_headers(refused.code))
        except Exception as failure:
            body, status, headers = orjson.dumps({"errors": [bug(failure)]}), 500, {}
        headers["Cache-Control"] = "no-store"
        headers["Content-Type"] = f"{media_type}; charset=utf-8"
        return Response(body, status, headers)

    async def _answer(self, request: Request, media_type: str) -> "tuple[bytes, int] | EventStream":
        now = self.clock()
        asked = await read_graphql_request(request, origins=self.origins)
        principal = await authenticate(request, self.verifier, now=now)
        context = self.context(principal=principal, now=now)
        if self._is_streamed(request, asked):
            refused = until_refused(bearer_token(request), self.verifier, self.clock)
            bodies = answers(self.executor, asked, context)
            return EventStream(bodies, refused, context.is_listening)
        answer = await self.executor.answer(asked.query, Asked.of(asked), context)
        failed = 400 if media_type == GRAPHQL_JSON else 200
        return answer.body, 200 if answer.has_run else failed

    def _is_streamed(self, request: Request, asked: GraphQLRequest) -> bool:
        accept = request.headers.get("accept", "")
        if not accepts_events(accept) or accepts_only_events(accept):
            return accepts_events(accept)
        with suppress(BillingError, InvalidDocument):  # told by whoever answers it
            return self.executor.prepare(asked.query, Asked.of(asked)).is_subscription
        return False


def _media_type(request: Request) -> str:
    """The newer media type where the client names it, else the one that every client reads."""
    return GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "") else JSON


def _status(code: ErrorCode, media_type: str) -> int:
    # GraphQL over HTTP: under the old media type a document's errors come with 200.
    if media_type == JSON and code is ErrorCode.SYNTAX_ERROR:
        return 200
    return http_status(code)
