"""Mutations that change what is billed."""

from decimal import Decimal as ExactDecimal
from typing import cast

import strawberry

from api.bills import Bill
from api.charges import Charge
from api.context import Info
from api.enums import AdjustmentReason
from api.errors import UserError
from api.scalars import CurrencyCode, Decimal
from api.verbs import attempt, read_back, row_id
from models.actions.adjustments import (
    AdjustmentOrder,
    ReversalOrder,
    adjust_bill,
    reverse_adjustment,
)
from models.actions.shown import ShownVersion
from models.rules.corrections import Change
from models.rules.ids import IdPrefix, public_id
from models.rules.money import Money


@strawberry.input(description="An amount of either sign, exact.")
class SignedMoneyInput:
    """Input money with a sign."""

    amount: Decimal = strawberry.field(
        description="The amount, of up to 18 decimals; negative for what the partner gets."
    )
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")


@strawberry.input(description="A bill as it was shown, and what changes about it.")
class AdjustBillInput:
    """Input of adjustBill."""

    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    version: int = strawberry.field(description="The version that was shown.")
    digest: str | None = strawberry.field(description="The digest that was shown.", default=None)
    amount: SignedMoneyInput = strawberry.field(description="What to add to the settlement.")
    reason: AdjustmentReason = strawberry.field(
        description="BILLING_ERROR, GOODWILL, CONTRACT or OTHER."
    )
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
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input adjust once, however often sent."
    )


@strawberry.type(description="The bill after the attempt.")
class AdjustBillPayload:
    """Payload of adjustBill."""

    bill_id: strawberry.Private[str]
    charge_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was adjusted; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The line that adjusts; null when nothing was adjusted.")
    async def charge(self, info: Info) -> Charge | None:
        """Read the charge back."""
        return await read_back(info, self.charge_id)  # type: ignore[no-any-return]

    @strawberry.field(description="The bill as it is now; null if the viewer may not see it.")
    async def bill(self, info: Info) -> Bill | None:
        """Read the bill back."""
        return await read_back(info, self.bill_id)  # type: ignore[no-any-return]


@strawberry.input(description="Which adjustment to undo, and why.")
class ReverseAdjustmentInput:
    """Input of reverseAdjustment."""

    charge_id: strawberry.ID = strawberry.field(description="The adjustment.")
    description: str = strawberry.field(
        description="What the partner reads on the line, 1 to 400 characters."
    )
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input reverse once, however often sent."
    )


@strawberry.type(description="The line that undoes it, after the attempt.")
class ReverseAdjustmentPayload:
    """Payload of reverseAdjustment."""

    charge_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was reversed; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The line that undoes it; null when nothing was reversed.")
    async def charge(self, info: Info) -> Charge | None:
        """Read the charge back."""
        return await read_back(info, self.charge_id)  # type: ignore[no-any-return]


def signed_money(sent: SignedMoneyInput) -> Money:
    """The money of an input, of either sign."""
    return Money(cast("ExactDecimal", sent.amount), sent.currency)


def optional_row_id(text: str | None, prefix: IdPrefix, *path: str) -> int | None:
    """The row number in an id that may be absent; raises what `row_id` raises."""
    return None if text is None else row_id(text, prefix, *path)


def _order(sent: AdjustBillInput) -> AdjustmentOrder:
    bill_id = row_id(sent.bill_id, IdPrefix.BILL, "billId")
    return AdjustmentOrder(
        shown=ShownVersion(bill_id, sent.version, sent.digest),
        change=Change(
            amount=signed_money(sent.amount),
            description=sent.description,
            customer_id=optional_row_id(sent.customer_id, IdPrefix.CUSTOMER, "customerId"),
            charge_id=optional_row_id(sent.charge_id, IdPrefix.CHARGE, "chargeId"),
        ),
        reason=sent.reason,
        idempotency_key=sent.idempotency_key,
    )


@strawberry.type
class AdjustmentMutation:
    """What the vendor can change about bills."""

    @strawberry.mutation(
        description="Adjust a bill (channel manager): an issued one gets a new version, a confirmed"
        " one a line on the next open bill. Refused when the version shown is not current."
    )
    async def adjust_bill(
        self,
        info: Info,
        input: AdjustBillInput,
    ) -> AdjustBillPayload | None:
        """Adjust."""
        context, payload = info.context, AdjustBillPayload(bill_id=input.bill_id)

        async def verb() -> None:
            order = _order(input)
            made = await context.db.transact(adjust_bill, context.principal, order, now=context.now)
            payload.charge_id = public_id(IdPrefix.CHARGE, made)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Undo an adjustment by its opposite amount, once (channel manager)."
    )
    async def reverse_adjustment(
        self,
        info: Info,
        input: ReverseAdjustmentInput,
    ) -> ReverseAdjustmentPayload | None:
        """Reverse."""
        context, payload = info.context, ReverseAdjustmentPayload()

        async def verb() -> None:
            order = ReversalOrder(
                charge_id=row_id(input.charge_id, IdPrefix.CHARGE, "chargeId"),
                description=input.description,
                idempotency_key=input.idempotency_key,
            )
            made = await context.db.transact(
                reverse_adjustment, context.principal, order, now=context.now
            )
            payload.charge_id = public_id(IdPrefix.CHARGE, made)

        return await attempt(payload, verb)
