"""A partner with bill storage, brought as far as a test needs it."""

import os
from datetime import UTC, datetime
from typing import Any

from models.actions.storage_eligibility import allow_storage
from models.actions.storage_enabling import Enabling, enable_storage
from models.actions.storage_grants import agree_to_grant, request_grant
from models.actions.storage_terms import ProbedBucket
from models.adapters.database import Database, Tx
from models.adapters.settings import Settings
from models.adapters.storage_keys import StorageKeys
from models.adapters.vault import Vault
from models.rules.buckets import BucketAddress, Credentials
from models.rules.principals import Principal, Role
from models.rules.storage_grants import GrantScope
from models.rules.storage_keys import key_hint
from models.rules.storage_states import StorageProvider
from models.tables.partners import OwnAccount
from models.tables.storage import StorageGrant
from tests.builders import a_partner

NOW = datetime(2026, 4, 6, 3, 0, tzinfo=UTC)  # 11:00 in Shanghai
MIDNIGHT = datetime(2026, 4, 6, 16, 0, tzinfo=UTC)
SALES = Principal("sam", Role.SALES_OPS)
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY-CANARY"
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", SECRET)
VAULT = Vault(*Settings().vault_secrets)


def admin(partner: int) -> Principal:
    """Ada, who administers a partner."""
    return Principal("ada", Role.PARTNER_ADMIN, partner)


def a_bucket(
    partner: int, name: str = "northwind-bills", keys: Credentials | None = KEYS, **changes: Any
) -> ProbedBucket:
    """A bucket of the partner's, as if it had just taken a file; nobody was called."""
    provider = StorageProvider.LOCAL_FOLDER if keys is None else StorageProvider.AWS_S3
    region = None if keys is None else "eu-central-1"
    values = {
        "provider": provider, "endpoint": None, "region": region, "bucket": name, "prefix": "bills"
    }  # fmt: skip
    sealed = keys and StorageKeys(VAULT, partner).seal(keys, os.urandom)
    hint = keys and key_hint(keys.access_key_id)
    return ProbedBucket(BucketAddress(**(values | changes)), sealed, hint, NOW)


async def allowed(db: Database, *, own: tuple[str, ...] = (), **changes: Any) -> int:
    """A partner who may have bill storage, with accounts of its own; its id."""
    partner = await a_partner(db, **changes)
    await db.transact(_own_accounts, partner, own)
    await db.transact(allow_storage, SALES, partner_id=partner, now=NOW)
    return partner


async def granted(db: Database, *, own: tuple[str, ...] = (), **changes: Any) -> int:
    """One that has authorised the service role as well."""
    partner = await allowed(db, own=own, **changes)
    await grant(db, partner)
    return partner


async def grant(db: Database, partner: int, *, now: datetime = NOW) -> int:
    """Both steps of a grant; its id."""
    ada, scope = admin(partner), GrantScope.WRITE_BILLS
    await db.transact(request_grant, ada, storage_id=partner, scope=scope, now=now)
    made = (await StorageGrant.filter(partner_id=partner).order_by("id"))[-1]
    await db.transact(agree_to_grant, ada, grant_id=made.id, now=now)
    return made.id


async def enabled(
    db: Database,
    *,
    own: tuple[str, ...] = (),
    customer_bills: bool = False,
    bucket: ProbedBucket | None = None,
    now: datetime = NOW,
    **changes: Any,
) -> int:
    """One whose bills go to a bucket, with files for all its accounts."""
    partner = await granted(db, own=own, **changes)
    enabling = Enabling(partner, customer_bills, own)
    await db.transact(
        enable_storage, admin(partner), enabling, bucket or a_bucket(partner), now=now
    )
    return partner


async def _own_accounts(tx: Tx, partner: int, accounts: tuple[str, ...]) -> None:
    for account in accounts:
        await OwnAccount.create(using_db=tx.client, partner_id=partner, account=account)
