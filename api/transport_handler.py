"""graphql-transport-ws as Strawberry speaks it, between guards of our own.

What a client says is checked before Strawberry reads it, and each operation is answered as over
HTTP. A close code from 4400 on says why a connection was ended.
"""

import asyncio
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected
from strawberry.http import exceptions
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from api.conversation import Conversation
from api.errors import error_body
from api.guard import graphql_request
from api.pace import Pace
from api.race import race
from api.streams import Ended, answers
from models.rules.errors import (
    BillingError,
    Conflict,
    ErrorCode,
    InvalidInput,
    Unauthenticated,
    Unavailable,
)

FAREWELL_SECONDS = 5.0
GONE = (exceptions.WebSocketDisconnected, WebSocketDisconnected, WebSocketDisconnect)
OPERATIONS = 20  # at once, of one connection, queries and mutations included
ID_CHARACTERS = 100
# Pings and the like, of a client that has not said who it is.
FIRST_MESSAGES = 5
# Whoever says more waits, and is read no further meanwhile.
MESSAGES_AT_ONCE = 100
MESSAGES_PER_SECOND = 50.0

BAD_REQUEST = 4400
CLOSE_CODES: dict[type[BillingError], int] = {
    Unauthenticated: 4401,
    Conflict: 4429,
    Unavailable: 1013,  # try again later
}
# A close frame holds 125 bytes, two of them for the code.
REASON_BYTES = 123


class TransportHandler(BaseGraphQLTransportWSHandler[Conversation, None]):
    """Strawberry's handler of one connection, with our guards around what it does."""

    async def handle(self) -> None:
        self._heard = 0
        self._pace = Pace(at_once=MESSAGES_AT_ONCE, per_second=MESSAGES_PER_SECOND)
        # A client that is gone cannot be refused, and that is nobody's failure.
        with suppress(*GONE), self.context.held, self.context.strangers.come() as self._leaving:
            await race(super().handle(), self._end_with_token(), self._end_for_others())

    async def _end_with_token(self) -> None:
        refused = await self.context.until_refused()
        await self._part(refused)

    async def _end_for_others(self) -> None:
        await self._leaving.wait()
        text = "Too many clients have not said yet who they are; connect again."
        await self._part(Unavailable(text))

    async def _part(self, refused: BillingError) -> None:
        """Refuse whoever may not be reading any more."""
        with suppress(TimeoutError, *GONE):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._refuse(refused)

    async def handle_message(self, message: Message) -> None:
        await asyncio.sleep(self._pace.seconds_to_wait(asyncio.get_running_loop().time()))
        self._heard += 1
        try:
            _require_form(message)
            if self._heard > FIRST_MESSAGES and not self.connection_init_received:
                raise _bad("Say connection_init first.")
        except InvalidInput as malformed:
            await self._refuse(malformed)
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        try:
            await super().handle_connection_init(message)
        except BillingError as refused:
            await self._refuse(refused)
        else:
            self.context.strangers.introduce(self._leaving)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        is_one_more = self.connection_acknowledged and message["id"] not in self.operations
        if is_one_more and len(self.operations) >= OPERATIONS:
            text = f"This connection has {OPERATIONS} operations under way; wait for one to end."
            errors = error_body(ErrorCode.TOO_MANY_SUBSCRIPTIONS, text)["errors"]
            await self.send_message({"id": message["id"], "type": "error", "payload": errors})
        else:
            await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Conversation, None]) -> None:
        # A client that is gone needs no answer; the connection's end is handled where it is read.
        with suppress(*GONE):
            try:
                await self._answer(operation)
                await operation.send_operation_message({"id": operation.id, "type": "complete"})
            except Ended as end:
                payload: Any = end.errors
                await operation.send_operation_message(
                    {"id": operation.id, "type": "error", "payload": payload}
                )

    async def _answer(self, operation: Operation[Conversation, None]) -> None:
        sent = {"query": operation.query, "variables": operation.variables}
        asked = graphql_request({**sent, "operationName": operation.operation_name})
        executor, context = self.context.endpoint.executor, self.context.context()
        async with aclosing(answers(executor, asked, context)) as bodies:
            async for body in bodies:
                payload: Any = orjson.Fragment(body)
                await operation.send_operation_message(
                    {"id": operation.id, "type": "next", "payload": payload}
                )

    async def _refuse(self, refused: BillingError) -> None:
        code = CLOSE_CODES.get(type(refused), BAD_REQUEST)
        reason = f"{refused.code}: {refused.message}".encode()[:REASON_BYTES]
        await self.websocket.close(code, reason.decode(errors="ignore"))


def _require_form(message: object) -> None:
    """Raise InvalidInput (BAD_REQUEST) for what the handler could not read."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise _bad("A message is an object with a type.")
    if message["type"] in {"subscribe", "complete"}:
        operation_id = message.get("id")
        if not isinstance(operation_id, str) or not 1 <= len(operation_id) <= ID_CHARACTERS:
            raise _bad(f"The id must be a string of 1 to {ID_CHARACTERS} characters.")
    if message["type"] == "subscribe":
        payload = message.get("payload")
        if not isinstance(payload, dict):
            raise _bad("The payload must be an object.")
        graphql_request(payload)


def _bad(text: str) -> InvalidInput:
    return InvalidInput(text, ErrorCode.BAD_REQUEST)
