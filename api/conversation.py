"""One WebSocket connection: who is at the other end, and for how long."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection

from api.auth import bearer_token, token_in
from api.context import Context
from api.endpoint import Endpoint
from api.head import head_of
from api.seats import Seats
from api.strangers import Strangers
from api.streams import until_refused
from models.rules.errors import Unauthenticated
from models.rules.principals import Principal


@dataclass
class Conversation:
    """`connection_params` is what the first message brought; `held` is given back at the end."""

    handshake: HTTPConnection
    endpoint: Endpoint
    seats: Seats
    strangers: Strangers
    connection_params: dict[str, Any] = field(default_factory=dict)
    held: ExitStack = field(default_factory=ExitStack)
    _begun: "asyncio.Event" = field(default_factory=asyncio.Event)
    _token: str = ""
    _principal: Principal | None = None

    async def begin(self) -> None:
        """Find out who it is; raises Unauthenticated, Conflict, Unavailable."""
        token, now = self._bearer_token(), self.endpoint.clock()
        principal = await self.endpoint.verifier.verify(token, now=now)
        self.held.enter_context(self.seats.take(principal))
        self._token, self._principal = token, principal
        self._begun.set()

    async def until_refused(self) -> Unauthenticated:
        """Wait for the beginning, then as long as the token holds; why it does not any more."""
        await self._begun.wait()
        return await until_refused(self._token, self.endpoint.verifier, self.endpoint.clock)

    def context(self) -> Context:
        """What an operation that begins now carries."""
        return self.endpoint.context(principal=self._principal, now=self.endpoint.clock())

    def _bearer_token(self) -> str:
        for key, value in self.connection_params.items():
            if key.lower() == "authorization":
                return token_in(str(value))
        return bearer_token(head_of(self.handshake.scope))
