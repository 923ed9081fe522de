"""Choosing, changing and giving up a bucket: what is written, and what a refusal leaves."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.actions.storage import current_destination
from models.actions.storage_eligibility import revoke_storage
from models.actions.storage_enabling import (
    Enabling,
    change_bucket,
    enable_storage,
    require_enabling,
)
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.storage import BillStorage, StorageAccount, StorageDestination
from tests.storing import (
    MIDNIGHT,
    NOW,
    SALES,
    SECRET,
    a_bucket,
    admin,
    allowed,
    enabled,
    granted,
)

LATER = NOW + timedelta(hours=1)


async def refused(db: Database, verb: Any, *args: Any, **kwargs: Any) -> ErrorCode:
    with pytest.raises(BillingError) as error:
        await db.transact(verb, *args, **kwargs)
    return error.value.code


async def history(partner: int) -> list[tuple[str, datetime, datetime | None]]:
    rows = await StorageDestination.filter(partner_id=partner).order_by("id")
    return [(row.bucket, row.valid_from, row.valid_until) for row in rows]


async def change(db: Database, partner: int, name: str, now: datetime) -> None:
    bucket = a_bucket(partner, name)
    await db.transact(change_bucket, admin(partner), partner, bucket, now=now)


async def disable(db: Database, partner: int, now: datetime) -> None:
    await db.transact(disable_storage, admin(partner), storage_id=partner, now=now)


async def enable(db: Database, partner: int, name: str, now: datetime) -> None:
    bucket, enabling = a_bucket(partner, name), Enabling(partner, False)
    await db.transact(enable_storage, admin(partner), enabling, bucket, now=now)


async def at(db: Database, partner: int, instant: datetime) -> str | None:
    found = await db.transact(current_destination, partner, at=instant)
    return found and found.bucket


async def test_storage_is_enabled_from_now(db: Database) -> None:
    partner = await granted(db, own=("uin-1", "uin-2"))
    enabling = Enabling(partner, True, ("uin-2", "uin-2"))
    await db.transact(enable_storage, admin(partner), enabling, a_bucket(partner), now=NOW)
    row = await BillStorage.get()
    assert (row.is_enabled, row.customer_bills_since) == (True, NOW)
    assert row.scheduled_through == date(2026, 4, 6)
    [place] = await StorageDestination.all()
    assert (place.valid_from, place.valid_until, place.probed_at) == (NOW, None, NOW)
    assert (place.created_by, place.access_key_hint) == ("ada", "…MPLE")
    assert SECRET not in str(place.sealed_credentials)
    [chosen] = await StorageAccount.all()
    assert (chosen.account, chosen.valid_from, chosen.valid_until) == ("uin-2", NOW, None)
    entry = (await AuditEntry.all().order_by("id"))[-1]
    assert (entry.action, entry.object_id) == ("ENABLE_BILL_STORAGE", f"bst_{partner}")
    assert entry.details == {
        "destination": "sdn_1", "provider": "AWS_S3", "region": "eu-central-1",
        "bucket": "northwind-bills", "stores_customer_bills": True, "sub_accounts": 1,
    }  # fmt: skip


async def test_enabling_is_refused_and_leaves_nothing(db: Database) -> None:
    eligible, ready = await allowed(db), await granted(db, own=("uin-1",))
    foreign = await granted(db, own=("uin-9",))
    audited = await AuditEntry.all().count()
    too_many = tuple(f"uin-{n}" for n in range(101))
    for partner, accounts, code in (
        (eligible, (), ErrorCode.GRANT_MISSING),
        (ready, ("uin-1", "uin-9"), ErrorCode.INVALID_INPUT),
        (ready, too_many, ErrorCode.INVALID_INPUT),
        (ready, ("\x00",), ErrorCode.INVALID_INPUT),
    ):
        enabling, bucket = Enabling(partner, True, accounts), a_bucket(partner)
        refusal = await refused(db, enable_storage, admin(partner), enabling, bucket, now=NOW)
        assert refusal is code
    theirs = Enabling(foreign, False)
    refusal = await refused(db, enable_storage, admin(ready), theirs, a_bucket(ready), now=NOW)
    assert refusal is ErrorCode.NOT_FOUND
    assert await StorageDestination.all().count() == await StorageAccount.all().count() == 0
    assert not any(row.is_enabled for row in await BillStorage.all())
    assert await AuditEntry.all().count() == audited


async def test_leave_that_is_taken_back_meanwhile_counts(db: Database) -> None:
    """A bucket is tried between the two transactions, and that takes its time."""
    partner, enabling = await granted(db), Enabling(1, True)
    await db.transact(require_enabling, admin(partner), enabling)
    await db.transact(revoke_storage, SALES, partner_id=partner, now=NOW)
    bucket = a_bucket(partner)
    refusal = await refused(db, enable_storage, admin(partner), enabling, bucket, now=LATER)
    assert refusal is ErrorCode.STORAGE_NOT_ELIGIBLE
    assert await history(partner) == []


async def test_change_takes_effect_at_the_next_local_midnight(db: Database) -> None:
    partner = await enabled(db)
    await change(db, partner, "second", LATER)
    assert await at(db, partner, MIDNIGHT - timedelta(microseconds=1)) == "northwind-bills"
    assert await at(db, partner, MIDNIGHT) == "second"
    assert await history(partner) == [
        ("northwind-bills", NOW, MIDNIGHT),
        ("second", MIDNIGHT, None),
    ]
    entry = (await AuditEntry.all().order_by("id"))[-1]
    assert (entry.action, entry.details["bucket"]) == ("CHANGE_BILL_STORAGE_BUCKET", "second")


async def test_change_just_before_midnight_in_a_zone_with_summer_time(db: Database) -> None:
    partner = await enabled(db, time_zone="Europe/Berlin", now=datetime(2026, 3, 1, tzinfo=UTC))
    midnight = datetime(2026, 3, 29, 22, tzinfo=UTC)  # after a day of 23 hours
    await change(db, partner, "before", midnight - timedelta(milliseconds=1))
    assert await at(db, partner, midnight - timedelta(microseconds=1)) == "northwind-bills"
    assert await at(db, partner, midnight) == "before"
    await change(db, partner, "after", midnight)
    assert await at(db, partner, midnight + timedelta(hours=24, microseconds=-1)) == "before"
    assert await at(db, partner, midnight + timedelta(hours=24)) == "after"


async def test_last_of_several_changes_wins_and_all_stay_in_history(db: Database) -> None:
    partner = await enabled(db)
    for name in ("second", "third"):
        await change(db, partner, name, LATER)
    assert await history(partner) == [
        ("northwind-bills", NOW, MIDNIGHT),
        ("second", MIDNIGHT, MIDNIGHT),
        ("third", MIDNIGHT, None),
    ]
    assert await at(db, partner, MIDNIGHT) == "third"


async def test_changes_at_once_take_turns(db: Database) -> None:
    partner = await enabled(db)
    await asyncio.gather(*(change(db, partner, f"bucket-{n}", LATER) for n in range(8)))
    rows = await StorageDestination.all().order_by("id")
    assert [row.valid_until == row.valid_from for row in rows] == [False, *[True] * 7, False]
    assert await at(db, partner, LATER) == "northwind-bills"
    assert await at(db, partner, MIDNIGHT) == rows[-1].bucket


async def test_enabling_at_once_happens_once(db: Database) -> None:
    partner = await granted(db)
    tries = [enable(db, partner, f"bucket-{n}", NOW) for n in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    codes = [answer.code for answer in answers if isinstance(answer, BillingError)]
    assert codes == [ErrorCode.INVALID_STATE] * 5
    assert await StorageDestination.all().count() == 1


async def test_disabling_ends_all_and_is_harmless_again(db: Database) -> None:
    partner = await enabled(db, own=("uin-1",), customer_bills=True)
    await change(db, partner, "second", NOW)
    for now in (LATER, LATER + timedelta(hours=1)):
        await disable(db, partner, now)
    assert await history(partner) == [
        ("northwind-bills", NOW, LATER),
        ("second", MIDNIGHT, MIDNIGHT),
    ]
    row = await BillStorage.get()
    assert (row.is_enabled, row.customer_bills_since) == (False, None)
    assert (await StorageAccount.get()).valid_until == LATER
    assert await AuditEntry.filter(action="DISABLE_BILL_STORAGE").count() == 1
    bucket = a_bucket(partner)
    refusal = await refused(db, change_bucket, admin(partner), partner, bucket, now=LATER)
    assert refusal is ErrorCode.STORAGE_NOT_ENABLED


async def test_enabling_again_keeps_what_was_and_schedules_no_day_twice(db: Database) -> None:
    partner = await enabled(db)
    await disable(db, partner, LATER)
    again = LATER + timedelta(days=3)
    await enable(db, partner, "second", again)
    assert await history(partner) == [("northwind-bills", NOW, LATER), ("second", again, None)]
    assert (await BillStorage.get()).scheduled_through == date(2026, 4, 6)
    assert await at(db, partner, LATER + timedelta(days=1)) is None


@pytest.mark.parametrize("role", list(Role))
async def test_only_administrators_choose_and_end(db: Database, role: Role) -> None:
    partner, ready = await enabled(db), await granted(db)
    who = Principal("x", role)
    if role is Role.PARTNER_ADMIN:
        return
    if not who.is_vendor:
        who = Principal("x", role, partner)
    audited = await AuditEntry.all().count()
    bucket, enabling = a_bucket(partner), Enabling(ready, False)
    for call in (
        refused(db, change_bucket, who, partner, bucket, now=LATER),
        refused(db, disable_storage, who, storage_id=partner, now=LATER),
        refused(db, enable_storage, who, enabling, bucket, now=LATER),
    ):
        assert await call is ErrorCode.FORBIDDEN
    assert await history(partner) == [("northwind-bills", NOW, None)]
    assert await history(ready) == []
    assert await AuditEntry.all().count() == audited


async def test_another_partners_storage_is_not_there(db: Database) -> None:
    partner, other = await enabled(db), await enabled(db)
    for number in (other, 99):
        bucket = a_bucket(partner)
        refusal = await refused(db, change_bucket, admin(partner), number, bucket, now=LATER)
        assert refusal is ErrorCode.NOT_FOUND
        refusal = await refused(db, disable_storage, admin(partner), storage_id=number, now=LATER)
        assert refusal is ErrorCode.NOT_FOUND
    assert await history(other) == [("northwind-bills", NOW, None)]
