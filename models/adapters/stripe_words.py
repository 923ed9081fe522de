"""What Stripe says, in our words: PaymentIntents, and the signed messages to our webhook.

Reading a message needs no key to Stripe, only the secret that signs it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from models.adapters.gateways import Answer, Message
from models.rules.collections import GatewayWord
from models.rules.errors import ErrorCode, InvalidInput

TOLERANCE = timedelta(seconds=300)
FAILURE_CHARACTERS = 400

# One timestamp and nothing around it: two readers must not see two of them.
_SIGNATURE = re.compile(r"t=([0-9]{1,12})(?:,v[0-9]=[0-9a-f]{1,128}){1,8}")
_REF = re.compile(r"[A-Za-z0-9_]{1,200}")
# What Stripe calls things: its errors quote a means of payment, which is its owner's to know.
# Codes such as card_declined have no digits and no capitals.
_NAMED = re.compile(r"\b(?:(?:pm|pi|seti|cus)_|(?:ba|card|ch|py|src|tok)_(?=\w*[A-Z0-9]))\w+")
_INTENT_EVENTS = frozenset(
    f"payment_intent.{what}"
    for what in ("succeeded", "payment_failed", "requires_action", "processing", "canceled")
)


def intent_answer(intent: Mapping[str, Any]) -> Answer:
    """How a PaymentIntent stands."""
    ref = str(intent["id"])
    match intent["status"]:
        case "succeeded":
            return Answer(GatewayWord.SUCCEEDED, ref)
        case "requires_action":
            return Answer(GatewayWord.REQUIRES_ACTION, ref, action_url=_action_url(intent))
        case "requires_payment_method":
            return Answer(GatewayWord.FAILED, ref, _failure(intent))
        case "canceled":
            return Answer(GatewayWord.FAILED, ref, "It was called off before it was collected.")
        case _:
            return Answer(GatewayWord.PROCESSING, ref)


def told(message: str) -> str:
    """An error's text as it may be kept and passed on: at most 400 characters, naming nothing."""
    return _NAMED.sub("…", message)[:FAILURE_CHARACTERS]


def _action_url(intent: Mapping[str, Any]) -> str | None:
    action = intent.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url")


def _failure(intent: Mapping[str, Any]) -> str:
    error = intent.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code")
    message = error.get("message") or "The means of payment was refused."
    return told(f"{message} ({code})" if code else str(message))


@dataclass(frozen=True, slots=True)
class StripeMessages:
    """Reads what Stripe posts to us, signed with `secret`."""

    secret: str

    def read(self, body: bytes, signature: str, *, now: datetime) -> Message | None:
        """The message, or None when it is about nothing that counts here.

        Raises InvalidInput: SIGNATURE_INVALID; SIGNATURE_EXPIRED for one more than 300 s from
        `now`; BAD_REQUEST for what is no event of Stripe's.
        """
        found = _SIGNATURE.fullmatch(signature)
        if found is None or not self._is_signed(body, signature):
            raise InvalidInput(
                "The Stripe-Signature does not belong to this body and endpoint.",
                ErrorCode.SIGNATURE_INVALID,
            )
        _require_recent(int(found[1]), now)
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError as broken:
            raise _no_event() from broken
        match event:
            case {"id": str(ref), "type": str(kind), "data": {"object": dict(thing)}}:
                if _REF.fullmatch(ref):
                    return _message(ref, kind, thing)
        raise _no_event()

    def _is_signed(self, body: bytes, signature: str) -> bool:
        # Half a second to import, which the first message waits for.
        from stripe import SignatureVerificationError, WebhookSignature  # noqa: PLC0415

        try:
            # Without its tolerance, which reads the machine's clock.
            WebhookSignature.verify_header(body, signature, self.secret, tolerance=None)
        except (UnicodeDecodeError, SignatureVerificationError):
            return False
        return True


def _require_recent(signed_at: int, now: datetime) -> None:
    seconds = TOLERANCE.total_seconds()
    if abs(signed_at - now.timestamp()) > seconds:
        raise InvalidInput(
            f"The message was signed more than {seconds:.0f} s from now.",
            ErrorCode.SIGNATURE_EXPIRED,
        )


def _message(ref: str, kind: str, thing: Mapping[str, Any]) -> Message | None:
    match thing:
        case {"id": str(), "status": str()} if kind in _INTENT_EVENTS:
            return Message(ref, kind, intent_answer(thing))
        case {"payment_intent": str(intent), "amount_refunded": int(amount)} if (
            kind == "charge.refunded"
        ):
            return _given_back(ref, kind, intent, amount)
        case {"payment_intent": str(intent), "status": "lost", "amount": int(amount)} if (
            kind.startswith("charge.dispute.")
        ):
            return _given_back(ref, kind, intent, amount)
    return None


def _given_back(ref: str, kind: str, intent: str, amount: int) -> Message:
    return Message(ref, kind, Answer(GatewayWord.GIVEN_BACK, intent), amount)


def _no_event() -> InvalidInput:
    return InvalidInput("The body is no Stripe event.", ErrorCode.BAD_REQUEST)
