"""`POST /webhooks/stripe`: what the payment gateway tells, signed by it (rule 13).

An answer of 200 means that it need not be told again: it counts now, counted before, or is nothing
of ours. Anything else makes Stripe tell it again, for days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.bodies import read_body
from api.errors import error_body
from api.failures import bug
from api.status import http_headers, http_status
from models.actions.gateway_messages import take_message
from models.adapters.database import Database
from models.adapters.settings import Settings
from models.adapters.stripe_words import StripeMessages
from models.rules.errors import BillingError, ErrorCode, InvalidInput

_NO_STORE = {"Cache-Control": "no-store"}


def gateway_routes(
    db: Database, settings: Settings, clock: Callable[[], datetime]
) -> list[BaseRoute]:
    """The route for Stripe, where its signing secret is set."""
    secret = settings.stripe_webhook_secret.get_secret_value()
    if not secret:
        return []
    return [Route("/webhooks/stripe", StripeHook(db, StripeMessages(secret), clock))]


@dataclass(frozen=True, slots=True)
class StripeHook:
    """An ASGI application that takes in one message."""

    db: Database
    messages: StripeMessages
    clock: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal is JSON with a code."""
        try:
            response = await self._answer(Request(scope, receive))
        except BillingError as refused:
            body = error_body(refused.code, refused.message)
            headers = _NO_STORE | http_headers(refused.code)
            response = JSONResponse(body, http_status(refused.code), headers)
        except Exception as failure:  # the last line: masked, logged once, answered
            response = JSONResponse({"errors": [bug(failure)]}, 500, _NO_STORE)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            raise InvalidInput(
                f"Messages are sent with POST, not {request.method}.", ErrorCode.METHOD_NOT_ALLOWED
            )
        now = self.clock()
        signature = request.headers.get("stripe-signature", "")
        message = self.messages.read(await read_body(request.receive), signature, now=now)
        if message is not None:
            await self.db.transact(take_message, message, now=now)
        return JSONResponse({"received": True}, 200, _NO_STORE)
