"""Stripe as a payment gateway: one PaymentIntent for a payment, confirmed once it is stored.

A PaymentIntent can be charged once in its life, whatever is lost on the way. An idempotency key
holds for a day only, and is needed only to begin.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import stripe
import structlog
from stripe import PaymentIntent, Refund, StripeClient

from models.adapters.currencies import minor_digits
from models.adapters.gateways import Answer, Collection
from models.adapters.stripe_words import intent_answer, told
from models.rules.collections import GatewayWord
from models.rules.stripe_amounts import stripe_units

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
# Three requests at most; the longest that a worker waits, whatever trickles in.
CALL_SECONDS = 70.0
# Not charged yet, and nobody is charging it now.
_STANDING = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_REFUSED = (stripe.CardError, stripe.InvalidRequestError)

log = structlog.get_logger()


class StripeGateway:
    """Talks to Stripe; `return_url` is where the payer's bank leads back to."""

    def __init__(
        self,
        api_key: str,
        *,
        return_url: str,
        api_base: str = "",
        seconds: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        client = StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=stripe.RequestsClient(timeout=seconds),
            max_network_retries=0,
        )
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._return_url = return_url

    async def begin(self, order: Collection) -> Answer:
        """Make the PaymentIntent, which charges nothing until it is confirmed.

        It takes a means of payment that belongs to no Stripe customer: one made for this payment,
        so that nobody can name somebody else's.
        """
        return await _answer(self._begin, order)

    async def collect(self, gateway_ref: str) -> Answer:
        """Confirm the PaymentIntent unless that was done before, and say how it stands."""
        return await _answer(self._collect, gateway_ref)

    async def cancel(self, gateway_ref: str) -> Answer:
        """Cancel the PaymentIntent unless it is charged, and say how it stands."""
        return await _answer(self._cancel, gateway_ref)

    async def refund(self, gateway_ref: str, key: str) -> Answer:
        """Refund all of it, once."""
        return await _answer(self._refund, gateway_ref, key)

    def _begin(self, order: Collection) -> Answer:
        money = order.money
        try:
            intent = self._intents.create(
                {
                    "amount": stripe_units(money, minor_digits(money.currency)),
                    "currency": money.currency.lower(),
                    "payment_method": order.means,
                    "automatic_payment_methods": {"enabled": True},
                    "metadata": {"payment_id": order.payment},
                },
                {"idempotency_key": order.key},
            )
        except _REFUSED as refused:
            return Answer(GatewayWord.FAILED, failure=_reason(refused))
        return Answer(GatewayWord.PROCESSING, intent.id)

    def _collect(self, ref: str) -> Answer:
        intent = self._intents.retrieve(ref)
        if intent.status != "requires_confirmation":
            return _standing(intent)
        try:
            return _standing(self._intents.confirm(ref, {"return_url": self._return_url}))
        except _REFUSED as refused:
            return self._after_refusal(ref, _reason(refused))

    def _after_refusal(self, ref: str, reason: str) -> Answer:
        intent = self._intents.retrieve(ref)
        if intent.status != "requires_confirmation":
            return _standing(intent)
        # Refused, and never to be tried again: it must not lie there to be charged.
        self._intents.cancel(ref)
        return Answer(GatewayWord.FAILED, ref, reason)

    def _cancel(self, ref: str) -> Answer:
        intent = self._intents.retrieve(ref)
        if intent.status not in _STANDING:
            return _standing(intent)
        try:
            return _standing(self._intents.cancel(ref, {"cancellation_reason": "abandoned"}))
        except stripe.InvalidRequestError:
            # It moved on in this very moment.
            return _standing(self._intents.retrieve(ref))

    def _refund(self, ref: str, key: str) -> Answer:
        try:
            made = self._refunds.create({"payment_intent": ref}, {"idempotency_key": key})
        except _REFUSED as refused:
            if refused.code == "charge_already_refunded":
                return Answer(GatewayWord.SUCCEEDED, ref)
            return Answer(GatewayWord.FAILED, ref, _reason(refused))
        return _refunded(ref, made)


def _standing(intent: PaymentIntent) -> Answer:
    return intent_answer(intent.to_dict())


def _refunded(ref: str, made: Refund) -> Answer:
    if made.status in {"failed", "canceled"}:
        return Answer(GatewayWord.FAILED, ref, f"The refund {made.status}: {made.failure_reason}.")
    return Answer(GatewayWord.SUCCEEDED, ref)


def _reason(refused: stripe.StripeError) -> str:
    return told(refused.user_message or refused.code or "Stripe refused.")


async def _answer(call: Callable[..., Answer], *arguments: Any) -> Answer:
    """Run a blocking call in a thread; what is no answer of Stripe's own is NO_ANSWER."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await asyncio.to_thread(call, *arguments)
    except (stripe.StripeError, TimeoutError) as silent:
        # The type only: the text repeats what was sent.
        log.warning("gateway_gave_no_answer", type=type(silent).__name__)
        return Answer(GatewayWord.NO_ANSWER, failure="The gateway gave no answer.")
