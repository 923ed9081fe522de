"""Mutations that move money."""

from decimal import Decimal as ExactDecimal
from typing import cast

import strawberry

from api.context import Info
from api.errors import UserError
from api.money import MoneyInput
from api.partners import Partner
from api.payments import Payment
from api.verbs import attempt, read_back, row_id
from models.actions.deposits import TopUp, top_up_deposit
from models.actions.payments import pay_bills
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


def _money(sent: MoneyInput) -> Money:
    return Money(cast("ExactDecimal", sent.amount), sent.currency)


@strawberry.type
class PaymentMutation:
    """What can be done with money."""

    @strawberry.mutation(
        description="Pay bills from the deposit: one, several, or an amount spread oldest first."
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
            )
            paid = await context.db.transact(pay_bills, context.principal, order, now=context.now)
            payload.payment_id = public_id(IdPrefix.PAYMENT, paid)

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
