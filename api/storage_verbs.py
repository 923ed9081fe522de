"""Mutations on the bucket in which a partner's bills are stored."""

import secrets

import strawberry

from api.context import Context, Info
from api.storage_inputs import (
    ChangeBillStorageBucketInput,
    DisableBillStorageInput,
    EnableBillStorageInput,
    ProbeBillStorageBucketInput,
    UpdateBillStorageInput,
    wish,
)
from api.storage_payloads import (
    ChangeBillStorageBucketPayload,
    DisableBillStoragePayload,
    EnableBillStoragePayload,
    ProbeBillStorageBucketPayload,
    UpdateBillStoragePayload,
)
from api.verbs import attempt, row_id
from models.actions.storage import address_of
from models.actions.storage_changes import StorageChange, require_update, update_storage
from models.actions.storage_checks import require_choosable, require_probing
from models.actions.storage_enabling import (
    Enabling,
    change_bucket,
    enable_storage,
    require_enabling,
)
from models.actions.storage_probing import BucketWish, Prober
from models.actions.storage_renewals import Renewal, renewable
from models.actions.storage_stopping import disable_storage
from models.actions.storage_terms import ProbedBucket
from models.adapters.buckets import open_buckets
from models.adapters.vault import Vault
from models.rules.ids import IdPrefix
from models.rules.storage_guards import StorageAction


async def _probed(context: Context, storage_id: int, bucket: BucketWish) -> ProbedBucket:
    """The bucket, which took a file; storages have the numbers of their partners."""
    settings = context.settings
    vault = Vault(*settings.vault_secrets)
    prober = Prober(open_buckets(settings), vault, secrets.token_bytes, storage_id)
    return await prober.probed(bucket, clock=context.clock)


@strawberry.type
class StorageMutation:
    """What can be done about the bucket."""

    @strawberry.mutation(
        description="Store the partner's bills in a bucket from now on; a file is written there"
        " first, to see that it works (administrators)."
    )
    async def enable_bill_storage(
        self, info: Info, input: EnableBillStorageInput
    ) -> EnableBillStoragePayload | None:
        """Enable."""
        context, payload = info.context, EnableBillStoragePayload(storage_id=input.storage_id)

        async def verb() -> None:
            storage_id = _number(input.storage_id)
            enabling = Enabling(storage_id, input.stores_customer_bills, tuple(input.sub_accounts))
            await context.db.transact(require_enabling, context.principal, enabling)
            bucket = await _probed(context, storage_id, wish(input, is_new=input.creates_bucket))
            await context.db.transact(
                enable_storage, context.principal, enabling, bucket, now=context.clock()
            )

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Store them in another bucket from the next local midnight on; it takes the"
        " place of a change that has yet to begin. Old files stay where they are (administrators)."
    )
    async def change_bill_storage_bucket(
        self, info: Info, input: ChangeBillStorageBucketInput
    ) -> ChangeBillStorageBucketPayload | None:
        """Change the bucket."""
        context = info.context
        payload = ChangeBillStorageBucketPayload(storage_id=input.storage_id)

        async def verb() -> None:
            storage_id = _number(input.storage_id)
            action = StorageAction.CHANGE_BUCKET
            await context.db.transact(require_choosable, context.principal, action, storage_id)
            bucket = await _probed(context, storage_id, wish(input, is_new=input.creates_bucket))
            await context.db.transact(
                change_bucket, context.principal, storage_id, bucket, now=context.clock()
            )

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Only try a bucket out: a small file is written there, read and removed, and"
        " nothing is kept of it (administrators)."
    )
    async def probe_bill_storage_bucket(
        self, info: Info, input: ProbeBillStorageBucketInput
    ) -> ProbeBillStorageBucketPayload | None:
        """Probe."""
        context = info.context
        payload = ProbeBillStorageBucketPayload(storage_id=input.storage_id)

        async def verb() -> None:
            storage_id = _number(input.storage_id)
            await context.db.transact(require_probing, context.principal, storage_id)
            await _probed(context, storage_id, wish(input))

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Change what is stored, or with which credentials, from now on"
        " (administrators)."
    )
    async def update_bill_storage(
        self, info: Info, input: UpdateBillStorageInput
    ) -> UpdateBillStoragePayload | None:
        """Update."""
        context, payload = info.context, UpdateBillStoragePayload(storage_id=input.storage_id)

        async def verb() -> None:
            accounts = None if input.sub_accounts is None else tuple(input.sub_accounts)
            change = StorageChange(_number(input.storage_id), input.stores_customer_bills, accounts)
            await context.db.transact(require_update, context.principal, change)
            renewal = await _renewal(context, change.storage_id, input)
            await context.db.transact(
                update_storage, context.principal, change, renewal, now=context.clock()
            )

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Store nothing more; what is in the bucket stays. Again is harmless"
        " (administrators)."
    )
    async def disable_bill_storage(
        self, info: Info, input: DisableBillStorageInput
    ) -> DisableBillStoragePayload | None:
        """Disable."""
        context, payload = info.context, DisableBillStoragePayload(storage_id=input.storage_id)

        async def verb() -> None:
            storage_id = _number(input.storage_id)
            await context.db.transact(
                disable_storage, context.principal, storage_id=storage_id, now=context.now
            )

        return await attempt(payload, verb)


def _number(storage_id: str) -> int:
    return row_id(storage_id, IdPrefix.BILL_STORAGE, "storageId")


async def _renewal(
    context: Context, storage_id: int, input: UpdateBillStorageInput
) -> Renewal | None:
    """The new credentials that were sent, tried on the bucket they are of."""
    if input.credentials is None:
        return None
    named = None
    if input.destination_id is not None:
        named = row_id(input.destination_id, IdPrefix.STORAGE_DESTINATION, "destinationId")
    row = await context.db.transact(renewable, storage_id, named, now=context.now)
    tried = BucketWish(address_of(row), input.credentials.meant)
    return Renewal(row.id, await _probed(context, storage_id, tried))
