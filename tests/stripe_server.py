"""A small Stripe on loopback: PaymentIntents and refunds, with the ways in which answers get lost.

What becomes of a payment is in the name of its means, as with Stripe's own test names. `fail_next`
lets one request to an endpoint go wrong, before or after it has had its effect.
"""

import asyncio
import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "sk_test_bills"
HANG_SECONDS = 1.5
DECLINED = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "No funds."}
REDIRECT = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds/1"}}
FATES: dict[str, dict[str, Any]] = {
    "pm_card_visa": {"status": "succeeded"},
    "pm_card_visa_chargeDeclined": {
        "status": "requires_payment_method",
        "last_payment_error": DECLINED,
    },
    "pm_card_authenticationRequired": {"status": "requires_action", "next_action": REDIRECT},
    "pm_debit": {"status": "processing"},
}


@dataclass
class StripeServer:
    """Its books, and what it was asked."""

    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    charges: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    url: str = ""

    def __post_init__(self) -> None:
        self._faults: dict[str, str] = {}
        self._replies: dict[str, tuple[dict[str, str], Response]] = {}
        self._numbers = itertools.count(1)

    def fail_next(self, endpoint: str, fault: str, *, after: bool = False) -> None:
        """Let the next request fail: "hang", "cut", "garbage" or a status; `after` its effect."""
        self._faults[endpoint] = f"after {fault}" if after else fault

    @property
    def the_intent(self) -> dict[str, Any]:
        """The only PaymentIntent."""
        [intent] = self.intents.values()
        return intent

    def app(self) -> Starlette:
        """The endpoints."""
        routes = [
            ("/v1/payment_intents", self._create, "POST", "create"),
            ("/v1/payment_intents/{id}", self._retrieve, "GET", "retrieve"),
            ("/v1/payment_intents/{id}/confirm", self._confirm, "POST", "confirm"),
            ("/v1/payment_intents/{id}/cancel", self._cancel, "POST", "cancel"),
            ("/v1/refunds", self._refund, "POST", "refund"),
        ]
        return Starlette(
            routes=[
                Route(path, self._endpoint(name, handler), methods=[method])
                for path, handler, method, name in routes
            ]
        )

    def _endpoint(self, name: str, handler: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            self.requests.append(name)
            if request.headers["authorization"] != f"Bearer {KEY}":
                return refusal(401, "invalid_request_error", "Invalid API Key provided.")
            fault = self._faults.pop(name, "")
            form = dict(parse_qsl((await request.body()).decode()))
            if fault and not fault.startswith("after "):
                return await failing(fault)
            answer = self._once(request.headers.get("idempotency-key", ""), form, handler, request)
            return await failing(fault[6:]) if fault else answer

        return endpoint

    def _once(self, key: str, form: dict[str, str], handler: Any, request: Request) -> Response:
        known = self._replies.get(key)
        if known and known[0] != form:
            return refusal(400, "idempotency_error", "Keys can only be used with one request.")
        if known:
            return known[1]
        answer: Response = handler(form, request.path_params.get("id", ""))
        if key:
            self._replies[key] = form, answer
        return answer

    def _create(self, form: dict[str, str], _ref: str) -> Response:
        means = form["payment_method"]
        if means.startswith("pm_gone"):
            return refusal(400, "invalid_request_error", f"No such PaymentMethod: '{means}'")
        intent = {
            "id": f"pi_{next(self._numbers)}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "metadata": {"payment_id": form["metadata[payment_id]"]},
            "payment_method": means,
            "status": "requires_confirmation",
        }
        self.intents[str(intent["id"])] = intent
        return JSONResponse(intent)

    def _retrieve(self, _form: dict[str, str], ref: str) -> Response:
        if ref not in self.intents:
            return refusal(404, "invalid_request_error", f"No such payment_intent: '{ref}'")
        return JSONResponse(self.intents[ref])

    def _confirm(self, form: dict[str, str], ref: str) -> Response:
        intent = self.intents[ref]
        assert form["return_url"]
        if intent["status"] != "requires_confirmation":
            return refusal(400, "invalid_request_error", "It has an unexpected state.")
        if intent["payment_method"] == "pm_reused":
            return refusal(400, "invalid_request_error", "It may not be used again.")
        self.settle(ref, **FATES[intent["payment_method"]])
        if intent["status"] == "requires_payment_method":
            return refusal(402, "card_error", DECLINED["message"], payment_intent=intent)
        return JSONResponse(intent)

    def settle(self, ref: str, **changes: Any) -> None:
        """Let something become of a PaymentIntent."""
        self.intents[ref] |= changes
        if changes["status"] == "succeeded":
            self.charges[ref] += 1

    def _cancel(self, _form: dict[str, str], ref: str) -> Response:
        intent = self.intents[ref]
        if intent["status"] in {"succeeded", "processing", "canceled"}:
            return refusal(400, "invalid_request_error", "It has an unexpected state.")
        intent["status"] = "canceled"
        return JSONResponse(intent)

    def _refund(self, form: dict[str, str], _ref: str) -> Response:
        ref = form["payment_intent"]
        if self.refunds[ref]:
            return refusal(
                400, "invalid_request_error", "Refunded before.", code="charge_already_refunded"
            )
        self.refunds[ref] += 1
        return JSONResponse({"id": "re_1", "object": "refund", "status": "succeeded"})


async def failing(fault: str) -> Response:
    """An answer that is none."""
    if fault == "hang":
        await asyncio.sleep(HANG_SECONDS)
        return JSONResponse({})
    if fault == "garbage":
        return Response("<html>Bad gateway</html>")
    if fault == "cut":
        return Response("{", headers={"content-length": "100"})
    return refusal(int(fault), "api_error", "Something went wrong on Stripe's end.")


def refusal(status: int, kind: str, message: str, **more: Any) -> Response:
    """An error as Stripe words it."""
    return JSONResponse({"error": {"type": kind, "message": message, **more}}, status)


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """None: it runs beside the tests."""


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    """A running server of this test's own."""
    books = StripeServer()
    config = uvicorn.Config(books.app(), port=0, log_level="critical", ws="none", lifespan="off")
    server = _Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    books.url = f"http://127.0.0.1:{port}"
    try:
        yield books
    finally:
        server.should_exit = True
        thread.join(10)


def event(kind: str, thing: dict[str, Any], number: int = 1) -> bytes:
    """A webhook's body."""
    told = {"id": f"evt_{number}", "object": "event", "type": kind, "data": {"object": thing}}
    return json.dumps(told).encode()
