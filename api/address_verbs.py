"""The mutation by which the vendor sets where invoices go."""

import strawberry

from api.context import Info
from api.errors import UserError
from api.partners import Partner
from api.verbs import attempt, read_back, row_id
from models.actions.billing_addresses import set_billing_address
from models.rules.billing_addresses import Party
from models.rules.ids import IdPrefix


@strawberry.input(description="A partner's billing address, in place of any before.")
class SetBillingAddressInput:
    """Input of setBillingAddress."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")
    legal_name: str = strawberry.field(description="The name it is registered under.")
    street: str = strawberry.field(description="Street and house, or what stands for them.")
    city: str = strawberry.field(description="The city.")
    postcode: str = strawberry.field(
        description="The postcode; empty where there is none.", default=""
    )
    country: str = strawberry.field(description="The country, ISO 3166-1 alpha-2, as in CN.")
    tax_number: str | None = strawberry.field(
        description="Its tax number; a VAT number with its country in front.", default=None
    )


@strawberry.type(description="The partner after the attempt.")
class SetBillingAddressPayload:
    """Payload of setBillingAddress."""

    partner_id: strawberry.Private[str]
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was set; empty when it was.", default_factory=list
    )

    @strawberry.field(description="The partner; null if the viewer may not see it.")
    async def partner(self, info: Info) -> Partner | None:
        """Read the partner back."""
        return await read_back(info, self.partner_id)  # type: ignore[no-any-return]


@strawberry.type
class AddressMutation:
    """What the vendor can do about addresses."""

    @strawberry.mutation(
        description="Set who a partner is on the invoices issued from now on (sales)."
    )
    async def set_billing_address(
        self,
        info: Info,
        input: SetBillingAddressInput,
    ) -> SetBillingAddressPayload | None:
        """Set the address."""
        context, payload = info.context, SetBillingAddressPayload(partner_id=input.partner_id)

        async def verb() -> None:
            await context.db.transact(
                set_billing_address,
                context.principal,
                partner_id=row_id(input.partner_id, IdPrefix.PARTNER, "partnerId"),
                address=_address(input),
                now=context.now,
            )

        return await attempt(payload, verb)


def _address(sent: SetBillingAddressInput) -> Party:
    return Party(
        sent.legal_name, sent.street, sent.city, sent.postcode, sent.country, sent.tax_number
    )
