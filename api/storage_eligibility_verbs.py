"""Mutations on the allow-list of bill storage."""

import strawberry

from api.context import Info
from api.storage_payloads import StoragePayload
from api.verbs import attempt, row_id
from models.actions.storage_eligibility import allow_storage, revoke_storage
from models.rules.ids import IdPrefix, public_id


@strawberry.input(description="Whom to allow bill storage.")
class AllowBillStorageInput:
    """Input of allowBillStorage."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")


@strawberry.input(description="Whom not to allow bill storage any longer.")
class RevokeBillStorageInput:
    """Input of revokeBillStorage."""

    partner_id: strawberry.ID = strawberry.field(description="The partner.")


@strawberry.type(description="The bill storage after the attempt.")
class AllowBillStoragePayload(StoragePayload):
    """Payload of allowBillStorage."""


@strawberry.type(description="The bill storage after the attempt.")
class RevokeBillStoragePayload(StoragePayload):
    """Payload of revokeBillStorage."""


@strawberry.type
class StorageEligibilityMutation:
    """What the vendor can do about bill storage."""

    @strawberry.mutation(
        description="Let a partner have its bills stored in a bucket; again is harmless (sales)."
    )
    async def allow_bill_storage(
        self, info: Info, input: AllowBillStorageInput
    ) -> AllowBillStoragePayload | None:
        """Allow."""
        context, payload = info.context, AllowBillStoragePayload()

        async def verb() -> None:
            partner_id = row_id(input.partner_id, IdPrefix.PARTNER, "partnerId")
            payload.storage_id = public_id(IdPrefix.BILL_STORAGE, partner_id)
            await context.db.transact(
                allow_storage, context.principal, partner_id=partner_id, now=context.now
            )

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Take that back; bill storage is disabled with it, and what is in the bucket"
        " stays (sales)."
    )
    async def revoke_bill_storage(
        self, info: Info, input: RevokeBillStorageInput
    ) -> RevokeBillStoragePayload | None:
        """Revoke."""
        context, payload = info.context, RevokeBillStoragePayload()

        async def verb() -> None:
            partner_id = row_id(input.partner_id, IdPrefix.PARTNER, "partnerId")
            payload.storage_id = public_id(IdPrefix.BILL_STORAGE, partner_id)
            await context.db.transact(
                revoke_storage, context.principal, partner_id=partner_id, now=context.now
            )

        return await attempt(payload, verb)
