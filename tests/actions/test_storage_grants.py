"""The allow-list and the two steps of a grant: who, when, scope; and what ends with them."""

from datetime import timedelta
from typing import Any

import pytest

from models.actions.storage_eligibility import allow_storage, revoke_storage
from models.actions.storage_enabling import Enabling, enable_storage
from models.actions.storage_grants import agree_to_grant, request_grant, withdraw_grant
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode
from models.rules.principals import Principal, Role
from models.rules.storage_grants import GrantScope
from models.tables.audit import AuditEntry
from models.tables.storage import BillStorage, StorageAccount, StorageDestination, StorageGrant
from tests.builders import a_partner
from tests.storing import NOW, SALES, a_bucket, admin, allowed, enabled, grant, granted

LATER = NOW + timedelta(hours=1)
SCOPE = GrantScope.WRITE_BILLS


async def refused(db: Database, verb: Any, *args: Any, **kwargs: Any) -> ErrorCode:
    with pytest.raises(BillingError) as error:
        await db.transact(verb, *args, **kwargs)
    return error.value.code


async def acts() -> list[tuple[str, str, str]]:
    entries = await AuditEntry.all().order_by("id")
    return [(entry.action, entry.subject, entry.object_id) for entry in entries]


async def test_partner_is_allowed_once(db: Database) -> None:
    partner = await a_partner(db)
    for _ in range(2):
        await db.transact(allow_storage, SALES, partner_id=partner, now=NOW)
    [row] = await BillStorage.all()
    assert (row.partner_id, row.is_eligible, row.is_enabled) == (partner, True, False)
    assert await acts() == [("ALLOW_BILL_STORAGE", "sam", f"bst_{partner}")]
    assert await refused(db, allow_storage, SALES, partner_id=99, now=NOW) is ErrorCode.NOT_FOUND


async def test_grant_is_kept_with_who_when_and_scope(db: Database) -> None:
    partner = await allowed(db)
    bob = Principal("bob", Role.PARTNER_ADMIN, partner)
    for _ in range(2):
        await db.transact(request_grant, admin(partner), storage_id=partner, scope=SCOPE, now=NOW)
    for at in (LATER, LATER + timedelta(hours=1)):
        await db.transact(agree_to_grant, bob, grant_id=1, now=at)
    [row] = await StorageGrant.all()
    assert (row.status, row.scope, row.partner_id) == ("AGREED", "WRITE_BILLS", partner)
    assert (row.requested_by, row.requested_at) == ("ada", NOW)
    assert (row.agreed_by, row.agreed_at) == ("bob", LATER)
    assert (row.withdrawn_by, row.withdrawn_at) == (None, None)
    assert (await acts())[1:] == [
        ("REQUEST_STORAGE_GRANT", "ada", "sgr_1"),
        ("AGREE_TO_STORAGE_GRANT", "bob", "sgr_1"),
    ]


async def test_grant_needs_eligibility_at_either_step(db: Database) -> None:
    partner = await a_partner(db)
    ada = admin(partner)
    wish = {"storage_id": partner, "scope": SCOPE, "now": NOW}
    assert await refused(db, request_grant, ada, **wish) is ErrorCode.STORAGE_NOT_ELIGIBLE
    await db.transact(allow_storage, SALES, partner_id=partner, now=NOW)
    await db.transact(request_grant, ada, **wish)
    await db.transact(revoke_storage, SALES, partner_id=partner, now=NOW)
    for verb, arguments in ((request_grant, wish), (agree_to_grant, {"grant_id": 1, "now": NOW})):
        assert await refused(db, verb, ada, **arguments) is ErrorCode.STORAGE_NOT_ELIGIBLE
    assert (await StorageGrant.get()).status == "REQUESTED"


async def test_grant_that_was_withdrawn_is_followed_by_one_of_its_own(db: Database) -> None:
    partner = await allowed(db)
    ada = admin(partner)
    first = await grant(db, partner)
    for at in (LATER, LATER + timedelta(hours=1)):
        await db.transact(withdraw_grant, ada, grant_id=first, now=at)
    agree = {"grant_id": first, "now": LATER}
    assert await refused(db, agree_to_grant, ada, **agree) is ErrorCode.GRANT_MISSING
    second = await grant(db, partner, now=LATER)
    assert second != first
    for verb in (agree_to_grant, withdraw_grant):
        assert await refused(db, verb, ada, **agree) is ErrorCode.INVALID_STATE
    former, latter = await StorageGrant.all().order_by("id")
    assert (former.status, former.withdrawn_by, former.withdrawn_at) == ("WITHDRAWN", "ada", LATER)
    assert (former.agreed_by, former.agreed_at) == ("ada", NOW)
    assert latter.status == "AGREED"
    wish = {"storage_id": partner, "scope": SCOPE, "now": LATER}
    assert await refused(db, request_grant, ada, **wish) is ErrorCode.INVALID_STATE


async def test_request_can_be_withdrawn_before_it_is_agreed_to(db: Database) -> None:
    partner = await allowed(db)
    wish = {"storage_id": partner, "scope": SCOPE, "now": NOW}
    await db.transact(request_grant, admin(partner), **wish)
    await db.transact(withdraw_grant, admin(partner), grant_id=1, now=LATER)
    row = await StorageGrant.get()
    assert (row.status, row.agreed_by, row.withdrawn_at) == ("WITHDRAWN", None, LATER)


@pytest.mark.parametrize("way", ["revoke", "withdraw"])
async def test_nothing_is_written_once_leave_is_taken_back(db: Database, way: str) -> None:
    partner = await enabled(db, own=("uin-1", "uin-2"), customer_bills=True)
    other = await enabled(db, own=("uin-9",))
    if way == "revoke":
        await db.transact(revoke_storage, SALES, partner_id=partner, now=LATER)
    else:
        await db.transact(withdraw_grant, admin(partner), grant_id=1, now=LATER)
    row = await BillStorage.get(partner_id=partner)
    assert (row.is_eligible, row.is_enabled) == (way == "withdraw", False)
    assert row.customer_bills_since is None
    [destination] = await StorageDestination.filter(partner_id=partner)
    assert (destination.valid_from, destination.valid_until) == (NOW, LATER)
    chosen = await StorageAccount.filter(partner_id=partner)
    assert [(account.valid_from, account.valid_until) for account in chosen] == [(NOW, LATER)] * 2
    details = (await AuditEntry.all().order_by("-id").first()).details  # type: ignore[union-attr]
    assert details["disabled"] is True
    assert (await BillStorage.get(partner_id=other)).is_enabled
    assert (await StorageDestination.get(partner_id=other)).valid_until is None
    refusal = await refused(
        db, enable_storage, admin(partner), Enabling(partner, False), a_bucket(partner), now=LATER
    )
    expected = {"revoke": ErrorCode.STORAGE_NOT_ELIGIBLE, "withdraw": ErrorCode.GRANT_MISSING}
    assert refusal is expected[way]
    assert await StorageDestination.filter(partner_id=partner).count() == 1


async def test_grant_outlives_a_revoked_eligibility(db: Database) -> None:
    partner = await enabled(db)
    await db.transact(revoke_storage, SALES, partner_id=partner, now=LATER)
    before = len(await acts())
    await db.transact(revoke_storage, SALES, partner_id=partner, now=LATER)
    assert len(await acts()) == before
    await db.transact(allow_storage, SALES, partner_id=partner, now=LATER)
    assert not (await BillStorage.get()).is_enabled
    await db.transact(
        enable_storage, admin(partner), Enabling(partner, False), a_bucket(partner), now=LATER
    )
    assert (await BillStorage.get()).is_enabled


@pytest.mark.parametrize("role", list(Role))
async def test_roles_do_what_is_theirs(db: Database, role: Role) -> None:
    partner = await granted(db)
    who = Principal("x", role)
    who = who if who.is_vendor else Principal("x", role, partner)
    before = await acts()
    wish = {"storage_id": partner, "scope": SCOPE}
    for verb, arguments, owner in (
        (allow_storage, {"partner_id": partner}, Role.SALES_OPS),
        (agree_to_grant, {"grant_id": 1}, Role.PARTNER_ADMIN),
        (withdraw_grant, {"grant_id": 1}, Role.PARTNER_ADMIN),
        (request_grant, wish, Role.PARTNER_ADMIN),
        (revoke_storage, {"partner_id": partner}, Role.SALES_OPS),
    ):
        call: Any = verb
        if role is owner:
            await db.transact(call, who, now=LATER, **arguments)
        else:
            assert await refused(db, call, who, now=LATER, **arguments) is ErrorCode.FORBIDDEN
    if role not in {Role.SALES_OPS, Role.PARTNER_ADMIN}:
        assert await acts() == before
        assert (await StorageGrant.get()).status == "AGREED"
        assert (await BillStorage.get()).is_eligible


async def test_another_partners_storage_is_like_a_missing_one(db: Database) -> None:
    await granted(db)
    eve = admin(await granted(db))
    before = await acts()
    for number in (1, 99):
        wish = {"storage_id": number, "scope": SCOPE, "now": LATER}
        assert await refused(db, request_grant, eve, **wish) is ErrorCode.NOT_FOUND
        for verb in (agree_to_grant, withdraw_grant):
            answer = await refused(db, verb, eve, grant_id=number, now=LATER)
            assert answer is ErrorCode.NOT_FOUND
    assert await acts() == before
    assert {grant.status for grant in await StorageGrant.all()} == {"AGREED"}
