"""Mutations on customers."""

import strawberry

from api.context import Info
from api.customers import Customer
from api.errors import UserError
from api.verbs import attempt, read_back, row_id
from models.actions.reveals import RevealOrder, reveal_customer
from models.rules.ids import IdPrefix


@strawberry.input(description="Whose personal data is needed, and why.")
class RevealCustomerInput:
    """Input of revealCustomer."""

    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    reason: str = strawberry.field(
        description="Why it is needed, 1 to 400 characters, for the audit trail."
    )


@strawberry.type(description="The customer's personal data in clear, for this once.")
class RevealCustomerPayload:
    """Payload of revealCustomer."""

    customer_id: strawberry.Private[str]
    name: str | None = strawberry.field(
        description="The name in clear; null when it was refused.", default=None
    )
    mobile: str | None = strawberry.field(
        description="The mobile number in clear; null when refused or not registered.", default=None
    )
    email: str | None = strawberry.field(
        description="The e-mail address in clear; null when refused or not registered.",
        default=None,
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was revealed; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The customer, as masked as ever; null if it may not be seen.")
    async def customer(self, info: Info) -> Customer | None:
        """Read the customer back."""
        return await read_back(info, self.customer_id)  # type: ignore[no-any-return]


@strawberry.type
class CustomerMutation:
    """What can be done about a customer."""

    @strawberry.mutation(
        description="Show a customer's personal data to those of the vendor who need it (channel"
        " manager, sales). Who saw whose, and why, stands on the partner's audit trail."
    )
    async def reveal_customer(
        self,
        info: Info,
        input: RevealCustomerInput,
    ) -> RevealCustomerPayload | None:
        """Reveal."""
        context, payload = info.context, RevealCustomerPayload(customer_id=input.customer_id)

        async def verb() -> None:
            order = RevealOrder(
                row_id(input.customer_id, IdPrefix.CUSTOMER, "customerId"), input.reason
            )
            person = await reveal_customer(context.db, context.principal, order, now=context.now)
            payload.name, payload.mobile = person.name, person.mobile
            payload.email = person.email

        return await attempt(payload, verb)
