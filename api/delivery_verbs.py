"""Mutations on deliveries."""

import strawberry

from api.context import Context, Info
from api.deliveries import Delivery
from api.errors import UserError
from api.partners import Partner
from api.scalars import Date
from api.verbs import attempt, read_back, row_id
from models.actions.delivery_backfill import Backfill, backfill_deliveries
from models.actions.delivery_requests import AskedDelivery, deliver_bill, trigger_delivery
from models.rules.ids import IdPrefix, public_id
from models.rules.months import parse_day

_KEY = "1 to 255 characters; the same key and input ask once, however often sent."


@strawberry.input(description="Which file to deliver now.")
class TriggerDeliveryInput:
    """Input of triggerDelivery."""

    delivery_id: strawberry.ID = strawberry.field(description="The delivery.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="Which bill to deliver now.")
class DeliverBillInput:
    """Input of deliverBill."""

    bill_id: strawberry.ID = strawberry.field(
        description="A confirmed bill of what the partner's customers consumed."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="Of which days to deliver what is missing.")
class BackfillDeliveriesInput:
    """Input of backfillDeliveries."""

    partner_id: strawberry.ID | None = strawberry.field(
        description="Whose; for the vendor's people. Absent means the viewer's partner.",
        default=None,
    )
    from_: Date = strawberry.field(
        name="from", description="The first local day on which something was due."
    )
    to: Date = strawberry.field(description="The last one, included; 366 days at most in all.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.type
class _DeliveryPayload:
    delivery_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why it is not delivered; empty when it will be, or looked for.",
        default_factory=list,
    )

    @strawberry.field(description="The delivery as it is now; null when there is none.")
    async def delivery(self, info: Info) -> Delivery | None:
        """Read the delivery back."""
        return await read_back(info, self.delivery_id)  # type: ignore[no-any-return]


@strawberry.type(description="The delivery after the attempt.")
class TriggerDeliveryPayload(_DeliveryPayload):
    """Payload of triggerDelivery."""


@strawberry.type(description="The delivery after the attempt.")
class DeliverBillPayload(_DeliveryPayload):
    """Payload of deliverBill."""


@strawberry.type(description="What is on its way after the attempt.")
class BackfillDeliveriesPayload:
    """Payload of backfillDeliveries."""

    partner_id: strawberry.Private[str | None] = None
    queued: int | None = strawberry.field(
        description="How many files are on their way now; null when nothing was done.", default=None
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty when it was.", default_factory=list
    )

    @strawberry.field(
        description="The partner, with its `deliveries` and `deliveryGaps`; null when nothing was"
        " done."
    )
    async def partner(self, info: Info) -> Partner | None:
        """Read the partner back."""
        return await read_back(info, self.partner_id)  # type: ignore[no-any-return]


async def _asked(context: Context, payload: _DeliveryPayload, asked: AskedDelivery) -> None:
    payload.delivery_id = public_id(IdPrefix.DELIVERY, asked.delivery_id)
    if asked.job_id is not None:
        await context.ring(asked.job_id)


@strawberry.type
class DeliveryMutation:
    """What can be asked of deliveries."""

    @strawberry.mutation(
        description="Deliver a file now, whatever became of it. One that was delivered is looked"
        " for, and put again where it is gone; a month's file is delivered anew, under a new name,"
        " where its bill came or changed since (sales operations)."
    )
    async def trigger_delivery(
        self, info: Info, input: TriggerDeliveryInput
    ) -> TriggerDeliveryPayload | None:
        """Trigger."""
        context, payload = info.context, TriggerDeliveryPayload(delivery_id=input.delivery_id)

        async def verb() -> None:
            delivery_id = row_id(input.delivery_id, IdPrefix.DELIVERY, "deliveryId")
            key = input.idempotency_key
            asked = await context.db.transact(
                trigger_delivery, context.principal, delivery_id, key=key, now=context.now
            )
            await _asked(context, payload, asked)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Deliver a confirmed bill of the partner's customers now, also where that was"
        " never scheduled. One that was delivered is looked for, and put again where it is gone"
        " (sales operations)."
    )
    async def deliver_bill(self, info: Info, input: DeliverBillInput) -> DeliverBillPayload | None:
        """Deliver."""
        context, payload = info.context, DeliverBillPayload()

        async def verb() -> None:
            bill_id = row_id(input.bill_id, IdPrefix.BILL, "billId")
            key = input.idempotency_key
            asked = await context.db.transact(
                deliver_bill, context.principal, bill_id, key=key, now=context.now
            )
            await _asked(context, payload, asked)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Deliver what was due on some days and is missing, to the bucket of today"
        " (administrators, sales operations)."
    )
    async def backfill_deliveries(
        self, info: Info, input: BackfillDeliveriesInput
    ) -> BackfillDeliveriesPayload | None:
        """Mend."""
        context, payload = info.context, BackfillDeliveriesPayload()

        async def verb() -> None:
            named = input.partner_id
            backfill = Backfill(
                None if named is None else row_id(named, IdPrefix.PARTNER, "partnerId"),
                parse_day(input.from_),
                parse_day(input.to),
                input.idempotency_key,
            )
            lag_days = context.settings.delivery_lag_days
            mended = await context.db.transact(
                backfill_deliveries,
                context.principal,
                backfill,
                lag_days=lag_days,
                now=context.now,
            )
            payload.partner_id = public_id(IdPrefix.PARTNER, mended.partner_id)
            payload.queued = mended.queued

        return await attempt(payload, verb)
