"""Mutations on disputes."""

import strawberry

from api.adjustment_verbs import SignedMoneyInput, optional_row_id, signed_money
from api.bills import Bill
from api.context import Info
from api.disputes import Dispute
from api.enums import DisputeResolution
from api.errors import UserError
from api.verbs import attempt, read_back, row_id
from models.actions.disputes import (
    DisputeOrder,
    open_dispute,
    reply_to_dispute,
    withdraw_dispute,
)
from models.actions.resolutions import ResolutionOrder, resolve_dispute
from models.actions.shown import ShownVersion
from models.rules.corrections import Change
from models.rules.disputes import Answer
from models.rules.ids import IdPrefix, public_id


@strawberry.input(description="A bill as it was shown, and what is in question about it.")
class OpenDisputeInput:
    """Input of openDispute."""

    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    version: int = strawberry.field(description="The version that was shown.")
    digest: str = strawberry.field(description="The digest that was shown.")
    message: str = strawberry.field(description="The question, 1 to 4,000 characters.")
    charge_ids: list[strawberry.ID] | None = strawberry.field(
        description="The lines that it is about, at most 100; absent means the whole bill.",
        default=None,
    )
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input ask once, however often sent."
    )


@strawberry.type(description="The dispute, and the bill, after the attempt.")
class OpenDisputePayload:
    """Payload of openDispute."""

    bill_id: strawberry.Private[str]
    dispute_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why no dispute was opened; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The dispute; null when none was opened.")
    async def dispute(self, info: Info) -> Dispute | None:
        """Read the dispute back."""
        return await read_back(info, self.dispute_id)  # type: ignore[no-any-return]

    @strawberry.field(description="The bill as it is now; null if the viewer may not see it.")
    async def bill(self, info: Info) -> Bill | None:
        """Read the bill back."""
        return await read_back(info, self.bill_id)  # type: ignore[no-any-return]


@strawberry.input(description="What to add to the thread of an open dispute.")
class ReplyToDisputeInput:
    """Input of replyToDispute."""

    dispute_id: strawberry.ID = strawberry.field(description="The dispute.")
    message: str = strawberry.field(description="The message, 1 to 4,000 characters.")


@strawberry.input(description="Which dispute to take back.")
class WithdrawDisputeInput:
    """Input of withdrawDispute."""

    dispute_id: strawberry.ID = strawberry.field(description="The dispute.")
    message: str | None = strawberry.field(
        description="A last message, 1 to 4,000 characters.", default=None
    )


@strawberry.input(description="A change of the bill that settles a dispute.")
class DisputeAdjustmentInput:
    """One adjustment of an accepted dispute."""

    amount: SignedMoneyInput = strawberry.field(description="What to add to the settlement.")
    description: str = strawberry.field(
        description="What the partner reads on the line, 1 to 400 characters."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        description="The customer whose bill it changes; absent for none.", default=None
    )
    charge_id: strawberry.ID | None = strawberry.field(
        description="The line of this bill that it corrects, never by more than that came to.",
        default=None,
    )


@strawberry.input(description="The answer to a dispute.")
class ResolveDisputeInput:
    """Input of resolveDispute."""

    dispute_id: strawberry.ID = strawberry.field(description="The dispute.")
    resolution: DisputeResolution = strawberry.field(description="Accepted or rejected.")
    answer: str | None = strawberry.field(
        description="What the partner is told, 1 to 4,000 characters; a rejection needs it.",
        default=None,
    )
    adjustments: list[DisputeAdjustmentInput] = strawberry.field(
        description="What changes about the bill, 1 to 100; none with a rejection.",
        default_factory=list,
    )
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input answer once, however often sent."
    )


@strawberry.type
class _DisputePayload:
    """What payloads about a known dispute have in common."""

    dispute_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing happened; empty when it did.", default_factory=list
    )

    @strawberry.field(description="The dispute as it is now; null if the viewer may not see it.")
    async def dispute(self, info: Info) -> Dispute | None:
        """Read the dispute back."""
        return await read_back(info, self.dispute_id)  # type: ignore[no-any-return]


@strawberry.type(description="The dispute after the attempt.")
class ReplyToDisputePayload(_DisputePayload):
    """Payload of replyToDispute."""


@strawberry.type(description="The dispute after the attempt.")
class WithdrawDisputePayload(_DisputePayload):
    """Payload of withdrawDispute."""


@strawberry.type(description="The dispute after the attempt.")
class ResolveDisputePayload(_DisputePayload):
    """Payload of resolveDispute."""


def _dispute_order(sent: OpenDisputeInput) -> DisputeOrder:
    bill_id = row_id(sent.bill_id, IdPrefix.BILL, "billId")
    ids = sent.charge_ids
    return DisputeOrder(
        shown=ShownVersion(bill_id, sent.version, sent.digest),
        message=sent.message,
        charge_ids=None
        if ids is None
        else [row_id(c, IdPrefix.CHARGE, "chargeIds", str(i)) for i, c in enumerate(ids)],
        idempotency_key=sent.idempotency_key,
    )


def _change(sent: DisputeAdjustmentInput, place: int) -> Change:
    path = ("adjustments", str(place))
    return Change(
        amount=signed_money(sent.amount),
        description=sent.description,
        customer_id=optional_row_id(sent.customer_id, IdPrefix.CUSTOMER, *path, "customerId"),
        charge_id=optional_row_id(sent.charge_id, IdPrefix.CHARGE, *path, "chargeId"),
        path=path,
    )


@strawberry.type
class DisputeMutation:
    """How partner and channel manager settle a question about a bill."""

    @strawberry.mutation(
        description="Question a bill that was seen, or lines of it (finance): it cannot be"
        " confirmed or paid until that is settled. Refused when the version is not current."
    )
    async def open_dispute(
        self,
        info: Info,
        input: OpenDisputeInput,
    ) -> OpenDisputePayload | None:
        """Open."""
        context, payload = info.context, OpenDisputePayload(bill_id=input.bill_id)

        async def verb() -> None:
            order = _dispute_order(input)
            made = await context.db.transact(
                open_dispute, context.principal, order, now=context.now
            )
            payload.dispute_id = public_id(IdPrefix.DISPUTE, made)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Add to the thread of an open dispute (finance, channel manager)."
    )
    async def reply_to_dispute(
        self,
        info: Info,
        input: ReplyToDisputeInput,
    ) -> ReplyToDisputePayload | None:
        """Reply."""
        context, payload = info.context, ReplyToDisputePayload(dispute_id=input.dispute_id)

        async def verb() -> None:
            dispute_id = row_id(input.dispute_id, IdPrefix.DISPUTE, "disputeId")
            said = (dispute_id, input.message)
            await context.db.transact(reply_to_dispute, context.principal, *said, now=context.now)

        return await attempt(payload, verb)

    @strawberry.mutation(description="Take a question back; the bill is as before (finance).")
    async def withdraw_dispute(
        self,
        info: Info,
        input: WithdrawDisputeInput,
    ) -> WithdrawDisputePayload | None:
        """Withdraw."""
        context, payload = info.context, WithdrawDisputePayload(dispute_id=input.dispute_id)

        async def verb() -> None:
            dispute_id = row_id(input.dispute_id, IdPrefix.DISPUTE, "disputeId")
            said = (dispute_id, input.message)
            await context.db.transact(withdraw_dispute, context.principal, *said, now=context.now)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Accept a dispute with changes, which make a new version, or reject it with an"
        " answer, which keeps the version (channel manager)."
    )
    async def resolve_dispute(
        self,
        info: Info,
        input: ResolveDisputeInput,
    ) -> ResolveDisputePayload | None:
        """Resolve."""
        context, payload = info.context, ResolveDisputePayload(dispute_id=input.dispute_id)

        async def verb() -> None:
            changes = [_change(sent, place) for place, sent in enumerate(input.adjustments)]
            order = ResolutionOrder(
                dispute_id=row_id(input.dispute_id, IdPrefix.DISPUTE, "disputeId"),
                answer=Answer(input.resolution, input.answer, changes),
                idempotency_key=input.idempotency_key,
            )
            await context.db.transact(resolve_dispute, context.principal, order, now=context.now)

        return await attempt(payload, verb)
