"""Mutations that send webhooks."""

import strawberry

from api.context import Context, Info
from api.errors import UserError
from api.verbs import attempt, read_back, row_id
from api.webhooks import WebhookDelivery
from models.actions.events import QueuedDelivery
from models.actions.webhooks import replay_delivery, send_test
from models.rules.ids import IdPrefix, public_id

_KEY = "1 to 255 characters; the same key and input send once, however often asked."


@strawberry.input(description="Where to send a test.")
class SendTestWebhookInput:
    """Input of sendTestWebhook."""

    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="What to send again.")
class ReplayWebhookDeliveryInput:
    """Input of replayWebhookDelivery."""

    delivery_id: strawberry.ID = strawberry.field(description="The delivery.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.type
class _DeliveryPayload:
    delivery_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing is sent; empty when it is.", default_factory=list
    )

    @strawberry.field(description="The new delivery; null when nothing is sent.")
    async def delivery(self, info: Info) -> WebhookDelivery | None:
        """Read the delivery back."""
        return await read_back(info, self.delivery_id)  # type: ignore[no-any-return]


@strawberry.type(description="The message that is on its way.")
class SendTestWebhookPayload(_DeliveryPayload):
    """Payload of sendTestWebhook."""


@strawberry.type(description="The message that is on its way again.")
class ReplayWebhookDeliveryPayload(_DeliveryPayload):
    """Payload of replayWebhookDelivery."""


async def _sent(context: Context, payload: _DeliveryPayload, queued: QueuedDelivery) -> None:
    payload.delivery_id = public_id(IdPrefix.WEBHOOK_DELIVERY, queued.delivery_id)
    await context.ring(queued.job_id)


@strawberry.type
class WebhookDeliveryMutation:
    """What can be sent."""

    @strawberry.mutation(description="Send a message of no meaning, as a test (administrators).")
    async def send_test_webhook(
        self, info: Info, input: SendTestWebhookInput
    ) -> SendTestWebhookPayload | None:
        """Test."""
        context, payload = info.context, SendTestWebhookPayload()

        async def verb() -> None:
            endpoint_id = row_id(input.endpoint_id, IdPrefix.WEBHOOK_ENDPOINT, "endpointId")
            key = input.idempotency_key
            queued = await context.db.transact(
                send_test, context.principal, endpoint_id, key=key, now=context.now
            )
            await _sent(context, payload, queued)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Send the same event to the same endpoint once more, whatever became of it"
        " before; the `webhook-id` stays the same (administrators)."
    )
    async def replay_webhook_delivery(
        self, info: Info, input: ReplayWebhookDeliveryInput
    ) -> ReplayWebhookDeliveryPayload | None:
        """Replay."""
        context, payload = info.context, ReplayWebhookDeliveryPayload()

        async def verb() -> None:
            delivery_id = row_id(input.delivery_id, IdPrefix.WEBHOOK_DELIVERY, "deliveryId")
            key = input.idempotency_key
            queued = await context.db.transact(
                replay_delivery, context.principal, delivery_id, key=key, now=context.now
            )
            await _sent(context, payload, queued)

        return await attempt(payload, verb)
