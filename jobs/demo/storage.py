"""The demo's buckets: folders of this installation, to which the worker delivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes

from models.actions.storage_eligibility import allow_storage
from models.actions.storage_enabling import Enabling, enable_storage
from models.actions.storage_grants import agree_to_grant, request_grant
from models.actions.storage_probing import BucketWish, Prober
from models.adapters.buckets import Buckets
from models.adapters.database import Database
from models.adapters.vault import Vault
from models.rules.buckets import BucketAddress
from models.rules.principals import Principal, Role
from models.rules.storage_grants import GrantScope
from models.rules.storage_states import StorageProvider
from models.tables.storage import BillStorage, StorageGrant

SALES = Principal("sales.desk", Role.SALES_OPS)


@dataclass(frozen=True, slots=True)
class DemoBuckets:
    """Where the folders are, and what seals secrets here."""

    root: Path
    vault: Vault


async def enable_storage_for(
    db: Database, buckets: DemoBuckets, partner: int, sub_accounts: Sequence[str], *, now: datetime
) -> None:
    """Go every step from the vendor's allow-list to a folder that takes files, from `now` on.

    To repeat it changes nothing.
    """
    if await BillStorage.filter(partner_id=partner, is_enabled=True).exists():
        return
    admin = Principal("demo.admin", Role.PARTNER_ADMIN, partner)
    await db.transact(allow_storage, SALES, partner_id=partner, now=now)
    await db.transact(
        request_grant, admin, storage_id=partner, scope=GrantScope.WRITE_BILLS, now=now
    )
    grant = await StorageGrant.filter(partner_id=partner).order_by("-id").first()
    assert grant is not None, "it was asked for just now"
    agreed_at = now + timedelta(minutes=1)
    await db.transact(agree_to_grant, admin, grant_id=grant.id, now=agreed_at)
    address = BucketAddress(StorageProvider.LOCAL_FOLDER, None, None, "bills")
    prober = Prober(Buckets(local_root=buckets.root), buckets.vault, token_bytes, partner)
    enabled_at = now + timedelta(minutes=2)
    bucket = await prober.probed(BucketWish(address, None, is_new=True), clock=lambda: enabled_at)
    enabling = Enabling(partner, stores_customer_bills=True, sub_accounts=tuple(sub_accounts))
    await db.transact(enable_storage, admin, enabling, bucket, now=enabled_at)
