"""`/graphql` as a WebSocket: the door of Strawberry's ASGI view, with our own keys."""

import asyncio
from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.base import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UnsetType

from api.bodies import MAX_BODY_BYTES
from api.conversation import Conversation
from api.endpoint import Endpoint
from api.errors import error_body
from api.guard import require_known_origin
from api.head import head_of
from api.pace import Pace
from api.seats import Seats
from api.strangers import Strangers
from api.transport_handler import TransportHandler
from models.rules.errors import ErrorCode, Forbidden

HELLO_SECONDS = 10.0
# Hundreds that come at once, as after a restart or in a flood, are let in one after the other.
LET_IN_AT_ONCE = 20
LET_IN_PER_SECOND = 200.0


class GraphQLSocket(GraphQL[Conversation, None]):
    """An ASGI application that speaks graphql-transport-ws and nothing else."""

    def __init__(self, schema: BaseSchema, endpoint: Endpoint, connections: Seats) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=HELLO_SECONDS),
        )
        self.graphql_transport_ws_handler_class = TransportHandler
        self.endpoint = endpoint
        self.connections = connections
        self.strangers = Strangers()
        self._pace = Pace(at_once=LET_IN_AT_ONCE, per_second=LET_IN_PER_SECOND)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a client in, when it is its turn, and hear it out."""
        await asyncio.sleep(self._pace.seconds_to_wait(asyncio.get_running_loop().time()))
        await super().__call__(scope, receive, send)

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """Whether the page of another origin may call."""
        try:
            require_known_origin(head_of(request.scope), self.endpoint.origins)
        except Forbidden:
            return False
        return True

    async def reject_websocket(self, request: WebSocket) -> WebSocket:
        """Refuse the handshake of a foreign page: 403, with a body where the server allows one."""
        code, message = ErrorCode.ORIGIN_NOT_ALLOWED, "Pages of this origin may not call this API."
        if "websocket.http.response" in request.scope.get("extensions", {}):
            await request.send_denial_response(JSONResponse(error_body(code, message), 403))
            return request
        return await super().reject_websocket(request)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Conversation:
        """A conversation without anyone yet."""
        return Conversation(request, self.endpoint, self.connections, self.strangers)

    async def on_ws_connect(self, context: Conversation) -> UnsetType | dict[str, object] | None:
        """Acknowledge whoever it is; raises Unauthenticated, Conflict, Unavailable."""
        await context.begin()
        return await super().on_ws_connect(context)

    def decode_json(self, data: str | bytes) -> object:
        """Read a message; raises JSONDecodeError, also for one that is too long."""
        if len(data) > MAX_BODY_BYTES:
            raise orjson.JSONDecodeError("longer than the body of a request may be", "", 0)
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """Write a message."""
        return orjson.dumps(data).decode()
