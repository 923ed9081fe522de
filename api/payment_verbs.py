"""Mutations that move money."""

from decimal import Decimal as ExactDecimal
from typing import cast

import strawberry

from api.context import Context, Info
from api.errors import UserError
from api.money import MoneyInput
from api.partners import Partner
from api.payments import Payment
from api.verbs import attempt, read_back, row_id
from models.actions.deposits import TopUp, top_up_deposit
from models.actions.payments import pay_bills
from models.actions.reversals import ReversalOrder, reverse_payment
from models.reads.payments import gateway_job
from models.rules.ids import IdPrefix, public_id
from models.rules.money import Money
from models.rules.payments import PaymentOrder


@strawberry.input(description="Which bills to pay, how much, and the key that makes it safe.")
class PayBillsInput:
    """Input of payBills."""

    bill_ids: list[strawberry.ID] | None = strawberry.field(
        description="The bills, paid oldest first; absent means every payable bill.", default=None
    )
    amount: MoneyInput | None = strawberry.field(
        description="How much; absent means all that is outstanding on them.", default=None
    )
    payment_method: str | None = strawberry.field(
        description="A means of payment as the gateway names it, such as pm_…; absent means the"
        " deposit. Never the data of a card.",
        default=None,
    )
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input pay once, however often sent."
    )


@strawberry.type(description="The payment after the attempt.")
class PayBillsPayload:
    """Payload of payBills."""

    payment_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was paid; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The payment; null when nothing was paid.")
    async def payment(self, info: Info) -> Payment | None:
        """Read the payment back."""
        return await read_back(info, self.payment_id)  # type: ignore[no-any-return]


@strawberry.input(description="What to add to a partner's deposit.")
class TopUpDepositInput:
    """Input of topUpDeposit."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    amount: MoneyInput = strawberry.field(description="How much arrived.")
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input count once, however often sent."
    )


@strawberry.type(description="The partner after the attempt.")
class TopUpDepositPayload:
    """Payload of topUpDeposit."""

    partner_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was added; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The partner; null if the viewer may not see it.")
    async def partner(self, info: Info) -> Partner | None:
        """Read the partner back."""
        return await read_back(info, self.partner_id)  # type: ignore[no-any-return]


@strawberry.input(description="Which payment to take back, and why.")
class ReversePaymentInput:
    """Input of reversePayment."""

    payment_id: strawberry.ID = strawberry.field(description="The payment.")
    reason: str = strawberry.field(description="Why, in 1 to 400 characters.")
    idempotency_key: str = strawberry.field(
        description="1 to 255 characters; the same key and input count once, however often sent."
    )


@strawberry.type(description="The payment after the attempt.")
class ReversePaymentPayload:
    """Payload of reversePayment."""

    payment_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was taken back; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The payment; null if the viewer may not see it.")
    async def payment(self, info: Info) -> Payment | None:
        """Read the payment back."""
        return await read_back(info, self.payment_id)  # type: ignore[no-any-return]


def _money(sent: MoneyInput) -> Money:
    return Money(cast("ExactDecimal", sent.amount), sent.currency)


async def _ring(context: Context, payment_id: int) -> None:
    """What the gateway is to be asked need not wait for the next sweep."""
    job_id = await gateway_job(context.db, payment_id)
    if job_id is not None:
        await context.ring(job_id)


@strawberry.type
class PaymentMutation:
    """What can be done with money."""

    @strawberry.mutation(
        description="Pay bills: one, several, or an amount spread oldest first; from the deposit at"
        " once, or through a gateway: follow `payment` until it has succeeded or failed."
    )
    async def pay_bills(
        self,
        info: Info,
        input: PayBillsInput,
    ) -> PayBillsPayload | None:
        """Pay."""
        context, payload = info.context, PayBillsPayload()

        async def verb() -> None:
            bills = input.bill_ids
            order = PaymentOrder(
                bill_ids=None
                if bills is None
                else [row_id(b, IdPrefix.BILL, "billIds", str(i)) for i, b in enumerate(bills)],
                amount=_money(input.amount) if input.amount else None,
                idempotency_key=input.idempotency_key,
                means=input.payment_method,
            )
            paid = await context.db.transact(
                pay_bills,
                context.principal,
                order,
                now=context.now,
                has_gateway=context.settings.has_gateway,
            )
            payload.payment_id = public_id(IdPrefix.PAYMENT, paid)
            await _ring(context, paid)

        return await attempt(payload, verb)

    @strawberry.mutation(description="Add money that arrived to a partner's deposit (sales).")
    async def top_up_deposit(
        self,
        info: Info,
        input: TopUpDepositInput,
    ) -> TopUpDepositPayload | None:
        """Top up."""
        context, payload = info.context, TopUpDepositPayload(partner_id=input.partner_id)

        async def verb() -> None:
            top_up = TopUp(
                partner_id=row_id(input.partner_id, IdPrefix.PARTNER, "partnerId"),
                amount=_money(input.amount),
                idempotency_key=input.idempotency_key,
            )
            await context.db.transact(top_up_deposit, context.principal, top_up, now=context.now)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Take a payment back (sales): its bills are owed again, the money goes back to"
        " where it came from."
    )
    async def reverse_payment(
        self,
        info: Info,
        input: ReversePaymentInput,
    ) -> ReversePaymentPayload | None:
        """Reverse."""
        context, payload = info.context, ReversePaymentPayload(payment_id=input.payment_id)

        async def verb() -> None:
            order = ReversalOrder(
                payment_id=row_id(input.payment_id, IdPrefix.PAYMENT, "paymentId"),
                reason=input.reason,
                idempotency_key=input.idempotency_key,
            )
            await reverse_payment(context.db, context.principal, order, now=context.now)
            await _ring(context, order.payment_id)

        return await attempt(payload, verb)
