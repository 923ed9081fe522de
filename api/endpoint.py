"""`/graphql` over HTTP: guard, authenticate, answer.

POST with a document, or with the hash of one that is known; GET with such a hash, for queries. What
is asked by GET and holds for a while comes with an entity tag, and is not sent again to whoever has
it already.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import bearer_token
from api.budgets import extended
from api.context import Context
from api.documents import InvalidDocument, Operation
from api.event_stream import EventStream, accepts_events, accepts_only_events
from api.execution import Executor
from api.failures import bug, visible
from api.guard import (
    READING,
    GraphQLRequest,
    parse_graphql_address,
    parse_graphql_request,
    read_asked,
)
from api.head import Head, head_of, text
from api.outages import as_outage
from api.replies import answer_reply, failure_reply, lasting_reply, refusal_reply
from api.streams import answers, until_refused
from models.adapters.tokens import TokenVerifier
from models.rules.errors import BillingError, ErrorCode, InvalidInput
from models.rules.principals import Principal


@dataclass(slots=True)
class Endpoint:
    """The GraphQL endpoint, an ASGI application, and all it needs."""

    executor: Executor
    verifier: TokenVerifier
    origins: frozenset[str]
    context: Callable[..., Context]
    clock: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every failure is JSON with a code."""
        head = head_of(scope)
        try:
            response = await self._respond(scope, head, receive)
        except InvalidDocument as invalid:
            errors = [visible(error) for error in invalid.errors]
            response = failure_reply(head, ErrorCode.VALIDATION_FAILED, {"errors": errors})
        except BillingError as refused:
            response = refusal_reply(head, refused)
        except Exception as failure:
            outage = as_outage(failure)
            if outage:
                response = refusal_reply(head, outage)
            else:
                response = failure_reply(head, ErrorCode.INTERNAL, {"errors": [bug(failure)]})
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, head: Head, receive: Receive) -> ASGIApp:
        now, is_reading = self.clock(), scope["method"] in READING
        sent = await read_asked(scope, head, receive, origins=self.origins)
        token = bearer_token(head)
        principal = await self.verifier.verify(token, now=now)
        context = self.context(principal=principal, now=now)
        if accepts_events(text(head, b"accept")):
            request = _parsed(sent, is_reading)
            if await self._is_streamed(head, request, principal):
                return self._stream(request, token, context)
        operation = self.executor.asked(sent)
        if operation is None:
            operation = await self._understood(sent, is_reading, principal)
        spent = self.executor.spend(operation, context)
        answer = await self.executor.run(operation, context)
        if is_reading and answer.revision is not None:
            return lasting_reply(head, answer)
        return answer_reply(head, extended(answer.body, spent), answer.outage)

    async def _understood(self, sent: bytes, is_reading: bool, who: Principal) -> Operation:
        """The operation that these bytes ask for; raises BillingError, InvalidDocument."""
        operation = await self.executor.prepare(_parsed(sent, is_reading), who)
        if is_reading and not operation.is_query:
            raise InvalidInput("Only queries are answered by GET.", ErrorCode.METHOD_NOT_ALLOWED)
        self.executor.keep_asked(sent, operation)
        return operation

    async def _is_streamed(self, head: Head, request: GraphQLRequest, who: Principal) -> bool:
        if accepts_only_events(text(head, b"accept")):
            return True
        return (await self.executor.prepare(request, who)).is_subscription

    def _stream(self, request: GraphQLRequest, token: str, context: Context) -> EventStream:
        refused = until_refused(token, self.verifier, self.clock)
        bodies = answers(self.executor, request, context)
        return EventStream(bodies, refused, context.is_listening)


def _parsed(sent: bytes, is_reading: bool) -> GraphQLRequest:
    return parse_graphql_address(sent[1:]) if is_reading else parse_graphql_request(sent)
