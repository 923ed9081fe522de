"""Mutations by which the vendor registers partners and customers."""

import strawberry

from api.context import Info
from api.enums import Association, CreditPolicy
from api.errors import UserError
from api.partners import Partner
from api.verbs import attempt, read_back, row_id
from models.actions.customers import Roster, register_customers
from models.actions.partners import register_partner
from models.rules.errors import InvalidInput
from models.rules.ids import IdPrefix, public_id
from models.rules.registration import (
    UNSAID,
    CustomerRegistration,
    PartnerRegistration,
    Unsaid,
)

MOST_CUSTOMERS = 1_000


@strawberry.input(
    description="A customer to be registered, or brought up to date: what is left out stays."
)
class CustomerInput:
    """An end customer."""

    account: str = strawberry.field(description="Its account (FOCUS SubAccountId).")
    name: str = strawberry.field(description="Its name.")
    association: Association | None = strawberry.field(
        description="Whether it is billed to the partner; null is like left out, by default it is.",
        default=None,
    )
    mobile: str | None = strawberry.field(
        description="A phone number; null takes it away.", default=strawberry.UNSET
    )
    email: str | None = strawberry.field(
        description="An e-mail address; null takes it away.", default=strawberry.UNSET
    )


@strawberry.input(
    description="A partner to be registered, or brought up to date: what is left out, or null,"
    " stays as it is."
)
class RegisterPartnerInput:
    """Input of registerPartner."""

    name: str = strawberry.field(description="Its name.")
    billing_accounts: list[str] = strawberry.field(
        description="The accounts it pays for (FOCUS BillingAccountId); they identify it."
    )
    time_zone: str | None = strawberry.field(
        description="The IANA zone of its months; by default Asia/Shanghai.", default=None
    )
    is_confirmation_required: bool | None = strawberry.field(
        description="Whether it must confirm a bill that is issued from now on before paying it;"
        " by default it must.",
        default=None,
    )
    credit_policy: CreditPolicy | None = strawberry.field(
        description="What becomes of the credit of a negative bill; by default it is held.",
        default=None,
    )
    payment_days: int | None = strawberry.field(
        description="Days from a bill's issue until it is overdue; by default 30.", default=None
    )
    own_accounts: list[str] = strawberry.field(
        description="Accounts of its own (FOCUS SubAccountId).", default_factory=list
    )
    channel_managers: list[str] = strawberry.field(
        description="Users of the vendor who look after it.", default_factory=list
    )


@strawberry.input(description="Customers of one partner.")
class RegisterCustomersInput:
    """Input of registerCustomers."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    customers: list[CustomerInput] = strawberry.field(description="1 to 1,000 customers.")


@strawberry.type(description="The partner after the attempt.")
class RegisterPartnerPayload:
    """Payload of registerPartner."""

    partner_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was registered; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The partner; null when nothing was registered.")
    async def partner(self, info: Info) -> Partner | None:
        """Read the partner back."""
        return await read_back(info, self.partner_id)  # type: ignore[no-any-return]


@strawberry.type(description="The partner after the attempt.")
class RegisterCustomersPayload:
    """Payload of registerCustomers."""

    partner_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was registered; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The partner; null if the viewer may not see it.")
    async def partner(self, info: Info) -> Partner | None:
        """Read the partner back."""
        return await read_back(info, self.partner_id)  # type: ignore[no-any-return]


@strawberry.type
class PartnerMutation:
    """What the vendor can do about partners."""

    @strawberry.mutation(description="Register a partner, or bring it up to date (sales).")
    async def register_partner(
        self,
        info: Info,
        input: RegisterPartnerInput,
    ) -> RegisterPartnerPayload | None:
        """Register a partner."""
        context, payload = info.context, RegisterPartnerPayload()

        async def verb() -> None:
            registration = PartnerRegistration(
                name=input.name,
                billing_accounts=tuple(input.billing_accounts),
                time_zone=input.time_zone,
                confirmation_required=input.is_confirmation_required,
                credit_policy=input.credit_policy,
                payment_days=input.payment_days,
                own_accounts=tuple(input.own_accounts),
                channel_managers=tuple(input.channel_managers),
            )
            made = await context.db.transact(
                register_partner,
                context.principal,
                registration=registration,
                secret=context.settings.secret.get_secret_value(),
                now=context.now,
            )
            payload.partner_id = public_id(IdPrefix.PARTNER, made)

        return await attempt(payload, verb)

    @strawberry.mutation(description="Register customers, or bring them up to date (sales).")
    async def register_customers(
        self,
        info: Info,
        input: RegisterCustomersInput,
    ) -> RegisterCustomersPayload | None:
        """Register customers."""
        context, payload = info.context, RegisterCustomersPayload(partner_id=input.partner_id)

        async def verb() -> None:
            if not 1 <= len(input.customers) <= MOST_CUSTOMERS:
                raise InvalidInput("Send 1 to 1,000 customers at a time.", path=("customers",))
            roster = Roster(
                row_id(input.partner_id, IdPrefix.PARTNER, "partnerId"),
                tuple(_customer(i, customer) for i, customer in enumerate(input.customers)),
            )
            await context.db.transact(
                register_customers,
                context.principal,
                roster=roster,
                secret=context.settings.secret.get_secret_value(),
                now=context.now,
            )

        return await attempt(payload, verb)


def _said(sent: str | None) -> str | Unsaid | None:
    return UNSAID if sent is strawberry.UNSET else sent


def _customer(place: int, sent: CustomerInput) -> CustomerRegistration:
    try:
        return CustomerRegistration(
            sent.account, sent.name, sent.association, _said(sent.mobile), _said(sent.email)
        )
    except InvalidInput as invalid:
        path = ("customers", str(place), *invalid.path)
        raise InvalidInput(invalid.message, invalid.code, path=path) from invalid
