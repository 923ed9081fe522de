"""Mutations by which a partner authorises the service role, in two steps."""

import strawberry

from api.context import Context, Info
from api.enums import GrantScope
from api.storage_payloads import StoragePayload
from api.verbs import attempt, row_id
from models.actions.storage_grants import agree_to_grant, request_grant, withdraw_grant
from models.rules.ids import IdPrefix, public_id


@strawberry.input(description="What the service role is to be authorised to do.")
class RequestStorageGrantInput:
    """Input of requestStorageGrant."""

    storage_id: strawberry.ID = strawberry.field(description="The partner's bill storage.")
    scope: GrantScope = strawberry.field(
        description="What it may do.", default=GrantScope.WRITE_BILLS
    )


@strawberry.input(description="The authorisation that was shown.")
class AgreeToStorageGrantInput:
    """Input of agreeToStorageGrant."""

    grant_id: strawberry.ID = strawberry.field(description="The grant.")


@strawberry.input(description="The authorisation to take back.")
class WithdrawStorageGrantInput:
    """Input of withdrawStorageGrant."""

    grant_id: strawberry.ID = strawberry.field(description="The grant.")


@strawberry.type(description="The bill storage after the attempt.")
class RequestStorageGrantPayload(StoragePayload):
    """Payload of requestStorageGrant."""


@strawberry.type(description="The bill storage after the attempt.")
class AgreeToStorageGrantPayload(StoragePayload):
    """Payload of agreeToStorageGrant."""


@strawberry.type(description="The bill storage after the attempt.")
class WithdrawStorageGrantPayload(StoragePayload):
    """Payload of withdrawStorageGrant."""


def _own(context: Context) -> str | None:
    """The viewer's bill storage; None for those who have none."""
    partner_id = context.principal.partner_id
    return None if partner_id is None else public_id(IdPrefix.BILL_STORAGE, partner_id)


@strawberry.type
class StorageGrantMutation:
    """What goes before a bucket is chosen."""

    @strawberry.mutation(
        description="Request the service role's authorisation, the first of two steps"
        " (administrators)."
    )
    async def request_storage_grant(
        self, info: Info, input: RequestStorageGrantInput
    ) -> RequestStorageGrantPayload | None:
        """Request."""
        context, payload = info.context, RequestStorageGrantPayload(storage_id=input.storage_id)

        async def verb() -> None:
            await context.db.transact(
                request_grant,
                context.principal,
                storage_id=row_id(input.storage_id, IdPrefix.BILL_STORAGE, "storageId"),
                scope=input.scope,
                now=context.now,
            )

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Agree to the authorisation that was requested, the second step"
        " (administrators)."
    )
    async def agree_to_storage_grant(
        self, info: Info, input: AgreeToStorageGrantInput
    ) -> AgreeToStorageGrantPayload | None:
        """Agree."""
        context = info.context
        payload = AgreeToStorageGrantPayload(storage_id=_own(context))

        async def verb() -> None:
            grant_id = row_id(input.grant_id, IdPrefix.STORAGE_GRANT, "grantId")
            await context.db.transact(
                agree_to_grant, context.principal, grant_id=grant_id, now=context.now
            )

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Take the authorisation back, at either step; bill storage is disabled with it"
        " (administrators)."
    )
    async def withdraw_storage_grant(
        self, info: Info, input: WithdrawStorageGrantInput
    ) -> WithdrawStorageGrantPayload | None:
        """Withdraw."""
        context = info.context
        payload = WithdrawStorageGrantPayload(storage_id=_own(context))

        async def verb() -> None:
            grant_id = row_id(input.grant_id, IdPrefix.STORAGE_GRANT, "grantId")
            await context.db.transact(
                withdraw_grant, context.principal, grant_id=grant_id, now=context.now
            )

        return await attempt(payload, verb)
