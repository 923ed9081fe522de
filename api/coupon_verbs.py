"""Mutations on coupons and taxes."""

from datetime import date
from decimal import Decimal as ExactDecimal
from typing import cast

import strawberry

from api.bills import Bill
from api.context import Info
from api.coupons import Coupon
from api.errors import UserError
from api.money import MoneyInput
from api.partners import Partner
from api.scalars import Date, Decimal, Month
from api.verbs import attempt, read_back, row_id
from models.actions.coupons import Application, Grant, apply_coupon, grant_coupon
from models.actions.taxes import TaxOrder, set_taxes
from models.rules.derived import Tax
from models.rules.ids import IdPrefix, public_id
from models.rules.money import Money

_KEY = "1 to 255 characters; the same key and input count once, however often sent."


@strawberry.input(description="A coupon to be given.")
class GrantCouponInput:
    """Input of grantCoupon."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    amount: MoneyInput = strawberry.field(description="What it is worth.")
    valid_from: Date = strawberry.field(description="The first local day on which it counts.")
    valid_until: Date = strawberry.field(description="The last local day on which it counts.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.type(description="The coupon after the attempt.")
class GrantCouponPayload:
    """Payload of grantCoupon."""

    coupon_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was granted; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The coupon; null when nothing was granted.")
    async def coupon(self, info: Info) -> Coupon | None:
        """Read the coupon back."""
        return await read_back(info, self.coupon_id)  # type: ignore[no-any-return]


@strawberry.input(description="A coupon to be used on a bill that is issued already.")
class ApplyCouponInput:
    """Input of applyCoupon."""

    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    coupon_id: strawberry.ID = strawberry.field(description="The coupon.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.type(description="The bill after the attempt.")
class ApplyCouponPayload:
    """Payload of applyCoupon."""

    bill_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why it was not used; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The bill as it is now; null if the viewer may not see it.")
    async def bill(self, info: Info) -> Bill | None:
        """Read the bill back."""
        return await read_back(info, self.bill_id)  # type: ignore[no-any-return]


@strawberry.input(description="A tax component.")
class TaxComponentInput:
    """A tax of setTaxes."""

    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    rate: Decimal = strawberry.field(description="A fraction from 0 to 1: 0.06 is 6 %.")
    is_taken_of_negative: bool = strawberry.field(
        description="Whether it is taken of a negative amount, too.", default=False
    )


@strawberry.input(description="The taxes of a partner's bills from a cycle on.")
class SetTaxesInput:
    """Input of setTaxes."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    first_cycle: Month = strawberry.field(description="The first cycle whose bill carries them.")
    components: list[TaxComponentInput] = strawberry.field(
        description="All of them, at most 10; none means no tax."
    )


@strawberry.type(description="The partner after the attempt.")
class SetTaxesPayload:
    """Payload of setTaxes."""

    partner_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was set; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The partner; null if the viewer may not see it.")
    async def partner(self, info: Info) -> Partner | None:
        """Read the partner back."""
        return await read_back(info, self.partner_id)  # type: ignore[no-any-return]


@strawberry.type
class CouponMutation:
    """What the vendor can do about coupons and taxes."""

    @strawberry.mutation(
        description="Give a partner a cash coupon (vendor); bills use it while it is valid."
    )
    async def grant_coupon(self, info: Info, input: GrantCouponInput) -> GrantCouponPayload | None:
        """Grant."""
        context, payload = info.context, GrantCouponPayload()

        async def verb() -> None:
            amount = cast("ExactDecimal", input.amount.amount)
            grant = Grant(
                row_id(input.partner_id, IdPrefix.PARTNER, "partnerId"),
                input.name,
                Money(amount, input.amount.currency),
                (_day(input.valid_from), _day(input.valid_until)),
                input.idempotency_key,
            )
            made = await context.db.transact(
                grant_coupon, context.principal, grant, now=context.now
            )
            payload.coupon_id = public_id(IdPrefix.COUPON, made)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Use a coupon on an issued bill that is not confirmed: a new version (vendor)."
    )
    async def apply_coupon(self, info: Info, input: ApplyCouponInput) -> ApplyCouponPayload | None:
        """Apply."""
        context, payload = info.context, ApplyCouponPayload(bill_id=input.bill_id)

        async def verb() -> None:
            application = Application(
                row_id(input.bill_id, IdPrefix.BILL, "billId"),
                row_id(input.coupon_id, IdPrefix.COUPON, "couponId"),
                input.idempotency_key,
            )
            await context.db.transact(apply_coupon, context.principal, application, now=context.now)

        return await attempt(payload, verb)

    @strawberry.mutation(description="Set the taxes of a partner's bills from a cycle on (sales).")
    async def set_taxes(self, info: Info, input: SetTaxesInput) -> SetTaxesPayload | None:
        """Set the taxes."""
        context, payload = info.context, SetTaxesPayload(partner_id=input.partner_id)

        async def verb() -> None:
            taxes = [
                Tax(c.name, cast("ExactDecimal", c.rate), c.is_taken_of_negative)
                for c in input.components
            ]
            partner_id = row_id(input.partner_id, IdPrefix.PARTNER, "partnerId")
            order = TaxOrder(partner_id, input.first_cycle, taxes)
            await context.db.transact(set_taxes, context.principal, order, now=context.now)

        return await attempt(payload, verb)


def _day(sent: Date) -> date:
    return date.fromisoformat(sent)
