"""Consent, sub-accounts and credentials, changed while a bucket is chosen (R44 to R46)."""

import os
from datetime import timedelta
from typing import Any

import pytest

from models.actions.storage_changes import StorageChange, require_update, update_storage
from models.actions.storage_enabling import (
    Enabling,
    change_bucket,
    enable_storage,
    require_enabling,
)
from models.actions.storage_renewals import Renewal, renewable
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database, Tx
from models.adapters.storage_keys import StorageKeys
from models.adapters.vault import Vault
from models.rules.buckets import Credentials
from models.rules.errors import BillingError, ErrorCode, Unavailable
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.deliveries import Delivery
from models.tables.partners import BillingAccount
from models.tables.storage import BillStorage, StorageAccount, StorageDestination
from tests.actions.desk import an_issued_bill
from tests.storing import KEYS, MIDNIGHT, NOW, VAULT, a_bucket, admin, enabled, granted

LATER = NOW + timedelta(hours=1)
NEW_KEYS = Credentials("AKIAI44QH8DHBEXAMP2E", "je7MtGbClwBF/2Zp9Utk/h3yCo8n-CANARY")


async def update(db: Database, partner: int, *args: Any, now: Any = LATER, **what: Any) -> None:
    change = StorageChange(partner, **what)
    await db.transact(update_storage, admin(partner), change, *args, now=now)


async def refused(db: Database, verb: Any, *args: Any, **kwargs: Any) -> ErrorCode:
    with pytest.raises(BillingError) as error:
        await db.transact(verb, *args, **kwargs)
    return error.value.code


async def last_details() -> Any:
    return (await AuditEntry.all().order_by("id"))[-1].details


async def test_consent_begins_and_ends_now(db: Database) -> None:
    partner = await enabled(db)
    await update(db, partner, stores_customer_bills=True)
    await update(db, partner, stores_customer_bills=True, now=LATER + timedelta(hours=1))
    assert (await BillStorage.get()).customer_bills_since == LATER
    assert await last_details() == {"stores_customer_bills": True}
    await update(db, partner, stores_customer_bills=False)
    assert (await BillStorage.get()).customer_bills_since is None
    assert await AuditEntry.filter(action="UPDATE_BILL_STORAGE").count() == 2


@pytest.mark.parametrize("when", ["at once", "later", "never"])
async def test_bills_wait_for_their_confirmation_once_there_is_consent(
    db: Database, when: str
) -> None:
    partner = await granted(db)
    bill = await an_issued_bill(db, partner)
    enabling = Enabling(partner, stores_customer_bills=when == "at once")
    bucket = a_bucket(partner)
    await db.transact(enable_storage, admin(partner), enabling, bucket, now=NOW)
    waiting = [("RESELLER", bill, "WAITING_FOR_CONFIRMATION")]
    assert await deliveries() == (waiting if when == "at once" else [])
    if when == "later":
        await update(db, partner, stores_customer_bills=True)
    await update(db, partner, stores_customer_bills=False)
    assert await deliveries() == (waiting if when != "never" else [])


async def deliveries() -> list[tuple[str, int | None, str]]:
    return [(row.kind, row.bill_id, row.status) for row in await Delivery.all()]


async def test_sub_accounts_keep_their_history(db: Database) -> None:
    partner = await enabled(db, own=("uin-1", "uin-2"))
    await update(db, partner, sub_accounts=("uin-2",))
    assert await last_details() == {"sub_accounts": 1}
    last = LATER + timedelta(hours=1)
    await update(db, partner, sub_accounts=("uin-2", "uin-1"), now=last)
    await update(db, partner, sub_accounts=("uin-1", "uin-2", "uin-2"), now=last)
    rows = await StorageAccount.all().order_by("account", "id")
    assert [(row.account, row.valid_from, row.valid_until) for row in rows] == [
        ("uin-1", NOW, LATER),
        ("uin-1", last, None),
        ("uin-2", NOW, None),
    ]


async def test_billing_account_is_no_sub_account_even_if_it_is_an_own_one(db: Database) -> None:
    partner = await granted(db, own=("uin-1",))

    async def register(tx: Tx) -> None:
        await BillingAccount.create(using_db=tx.client, partner_id=partner, account="uin-1")

    await db.transact(register)
    enabling = Enabling(partner, stores_customer_bills=False, sub_accounts=("uin-1",))
    assert await refused(db, require_enabling, admin(partner), enabling) is (
        ErrorCode.INVALID_INPUT
    )


async def test_sub_account_is_never_chosen_twice_at_a_time(db: Database) -> None:
    """Though the next server's clock is behind."""
    partner = await enabled(db, own=("uin-1",))
    early = NOW - timedelta(seconds=30)
    await update(db, partner, sub_accounts=(), now=early)
    await update(db, partner, sub_accounts=("uin-1",), now=early - timedelta(seconds=30))
    rows = await StorageAccount.all().order_by("id")
    assert [(row.valid_from, row.valid_until) for row in rows] == [(NOW, NOW), (NOW, None)]


async def test_what_is_left_out_stays(db: Database) -> None:
    partner = await enabled(db, own=("uin-1",), customer_bills=True)
    audited = await AuditEntry.all().count()
    before = await StorageDestination.get().values()
    await update(db, partner)
    assert (await BillStorage.get()).customer_bills_since == NOW
    assert (await StorageAccount.get()).valid_until is None
    assert await StorageDestination.get().values() == before
    assert await AuditEntry.all().count() == audited


async def test_new_credentials_take_effect_at_once_in_the_same_row(db: Database) -> None:
    partner = await enabled(db)
    before = await StorageDestination.get().values()
    await update(db, partner, Renewal(1, a_bucket(partner, keys=NEW_KEYS)))
    row = await StorageDestination.get()
    assert StorageKeys(VAULT, partner).unseal(str(row.sealed_credentials)) == NEW_KEYS
    assert row.access_key_hint == "…MP2E"
    changed = {"sealed_credentials", "access_key_hint", "probed_at"}
    kept = {name: value for name, value in before.items() if name not in changed}
    assert (await StorageDestination.get().values(*kept)) == kept
    assert await last_details() == {"credentials_of": "sdn_1"}


async def test_credentials_are_renewed_where_files_go_or_will_go(db: Database) -> None:
    partner, other = await enabled(db), await enabled(db)
    ada = admin(partner)
    for name in ("second", "third"):
        bucket = a_bucket(partner, name)
        await db.transact(change_bucket, ada, partner, bucket, now=NOW)
    present, _, taken_back, coming = await StorageDestination.all().order_by("id")
    assert (await db.transact(renewable, partner, None, now=LATER)).id == present.id
    assert (await db.transact(renewable, partner, coming.id, now=LATER)).id == coming.id
    assert (await db.transact(renewable, partner, None, now=MIDNIGHT)).id == coming.id
    for number, now, code in (
        (taken_back.id, LATER, ErrorCode.INVALID_STATE),
        (present.id, MIDNIGHT, ErrorCode.INVALID_STATE),
        (2, LATER, ErrorCode.NOT_FOUND),  # the other partner's
        (99, LATER, ErrorCode.NOT_FOUND),
    ):
        assert await refused(db, renewable, partner, number, now=now) is code
        renewal = Renewal(number, a_bucket(partner, keys=NEW_KEYS))
        change = StorageChange(partner)
        assert await refused(db, update_storage, ada, change, renewal, now=now) is code
    hints = [row.access_key_hint for row in await StorageDestination.all()]
    assert hints == ["…MPLE"] * 4
    assert (await BillStorage.get(partner_id=other)).is_enabled


async def test_update_is_refused_and_leaves_all_as_it_was(db: Database) -> None:
    partner = await enabled(db, own=("uin-1",))
    idle = await granted(db, own=("uin-9",))
    ada, audited = admin(partner), await AuditEntry.all().count()
    for who, change, code in (
        (ada, StorageChange(partner, True, ("uin-9",)), ErrorCode.INVALID_INPUT),
        (ada, StorageChange(idle, True), ErrorCode.NOT_FOUND),
        (admin(idle), StorageChange(idle, True), ErrorCode.STORAGE_NOT_ENABLED),
        *(
            (Principal("x", role, partner), StorageChange(partner, True, ()), ErrorCode.FORBIDDEN)
            for role in set(Role) - {Role.PARTNER_ADMIN}
        ),
    ):
        assert await refused(db, require_update, who, change) is code
        assert await refused(db, update_storage, who, change, now=LATER) is code
    assert (await BillStorage.get(partner_id=partner)).customer_bills_since is None
    assert (await StorageAccount.get()).valid_until is None
    assert await AuditEntry.all().count() == audited


async def test_update_after_the_end_is_refused(db: Database) -> None:
    partner = await enabled(db)
    await db.transact(disable_storage, admin(partner), storage_id=partner, now=LATER)
    renewal = Renewal(1, a_bucket(partner, keys=NEW_KEYS))
    change = StorageChange(partner, True)
    code = await refused(db, update_storage, admin(partner), change, renewal, now=LATER)
    assert code is ErrorCode.STORAGE_NOT_ENABLED


def test_credentials_open_for_their_partner_only() -> None:
    sealed = StorageKeys(VAULT, 7).seal(KEYS, os.urandom)
    assert KEYS.secret_access_key not in sealed
    assert KEYS.access_key_id not in sealed
    assert StorageKeys(VAULT, 7).unseal(sealed) == KEYS
    longest = Credentials('"' * 256, "\\" * 256)
    assert len(StorageKeys(VAULT, 7).seal(longest, os.urandom)) <= 2000
    for keys in (StorageKeys(VAULT, 8), StorageKeys(Vault("another secret"), 7)):
        with pytest.raises(Unavailable):
            keys.unseal(sealed)
