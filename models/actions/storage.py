"""The bucket to which a partner's files go, and how it is opened (R43, R56)."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime

from tortoise.expressions import Q

from models.adapters.buckets import Bucket, Buckets
from models.adapters.database import Tx
from models.adapters.storage_keys import StorageKeys
from models.adapters.vault import Vault
from models.rules.buckets import BucketAddress
from models.rules.ids import IdPrefix, public_id
from models.rules.storage_states import StorageProvider
from models.tables.storage import StorageDestination


async def current_destination(
    tx: Tx, partner_id: int, *, at: datetime
) -> StorageDestination | None:
    """The destination that is valid at an instant; None while nothing is stored anywhere."""
    return await StorageDestination.get_or_none(
        Q(valid_until=None) | Q(valid_until__gt=at),
        using_db=tx.client,
        partner_id=partner_id,
        valid_from__lte=at,
    )


def opened(
    destination: StorageDestination, buckets: Buckets, vault: Vault
) -> AbstractAsyncContextManager[Bucket]:
    """The bucket of a destination, to be entered; outside of any transaction, as it is far away.

    Raises as `Buckets.open` does, and Unavailable when the credentials do not unseal.
    """
    sealed, partner_id = destination.sealed_credentials, destination.partner_id
    credentials = None if sealed is None else StorageKeys(vault, partner_id).unseal(sealed)
    return buckets_of(buckets, partner_id).open(address_of(destination), credentials)


def buckets_of(buckets: Buckets, partner_id: int) -> Buckets:
    """The buckets that one partner may name: of local folders, those below one of its own.

    Otherwise a partner could name another one's folder, which no credentials keep.
    """
    if buckets.local_root is None:
        return buckets
    return replace(buckets, local_root=buckets.local_root / public_id(IdPrefix.PARTNER, partner_id))


def address_of(destination: StorageDestination) -> BucketAddress:
    """Where a destination is."""
    return BucketAddress(
        provider=StorageProvider(destination.provider),
        endpoint=destination.endpoint,
        region=destination.region,
        bucket=destination.bucket,
        prefix=destination.prefix,
    )
