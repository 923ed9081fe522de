"""Mending what is missing: whose, of which days, and to which bucket (R57)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from models.actions.delivery_backfill import Backfill, Mended, backfill_deliveries
from models.actions.storage_changes import StorageChange, update_storage
from models.actions.storage_enabling import Enabling, change_bucket, enable_storage
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database, Tx
from models.rules.errors import BillingError, ErrorCode, Unavailable
from models.rules.jobs import JobKind
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.deliveries import Delivery
from tests.actions.test_delivery_bills import NINTH, an_april, confirm
from tests.builders import a_partner, some_charges
from tests.delivering import BUCKET, Mailroom, a_mailroom, calm
from tests.storing import SALES, a_bucket, admin

DAY = timedelta(days=1)
SEVENTH = datetime(2026, 4, 6, 16, tzinfo=UTC)
FIRST, LAST = date(2026, 4, 7), date(2026, 4, 9)
DELIVER = frozenset({JobKind.DELIVER})


async def broken(_moment: str, _key: str) -> None:
    raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)


async def three_days(db: Database, folder: Path) -> Mailroom:
    """A mailroom in which nothing of 7 to 9 April got through, and weather is fine again."""
    room = await a_mailroom(db, folder)
    row = {"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}
    await some_charges(db, room.partner, [row])
    room.weather = broken
    for day in range(3):
        room.now = SEVENTH + day * DAY
        await room.work()
    room.weather = calm
    return room


async def mend(
    room: Mailroom, who: Principal | None = None, partner: int | None = None, key: str = "k"
) -> Mended:
    return await room.db.transact(
        backfill_deliveries,
        who or admin(room.partner),
        Backfill(partner, FIRST, LAST, key),
        lag_days=room.lag_days,
        now=room.now,
    )


async def statuses() -> list[str]:
    return [row.status for row in await Delivery.all().order_by("due_at")]


async def test_what_is_missing_is_delivered(db: Database, tmp_path: Path) -> None:
    room = await three_days(db, tmp_path)
    assert "DELIVERED" not in await statuses()
    assert await mend(room) == Mended(room.partner, 3)
    assert await statuses() == ["SCHEDULED"] * 3
    assert await room.work(kinds=DELIVER) == ["DONE"] * 3
    assert len(room.there().objects) == 6
    assert {row.asked_by for row in await Delivery.all()} == {"ada"}
    [act] = await AuditEntry.filter(action="BACKFILL_DELIVERIES")
    assert act.details == {"from": "2026-04-07", "to": "2026-04-09", "queued": 3}
    assert await mend(room, key="again") == Mended(room.partner, 0)
    assert await room.work(kinds=DELIVER) == []


async def test_same_key_queues_once(db: Database, tmp_path: Path) -> None:
    room = await three_days(db, tmp_path)
    assert await mend(room) == await mend(room) == Mended(room.partner, 3)
    assert await AuditEntry.filter(action="BACKFILL_DELIVERIES").count() == 1


async def test_days_outside_of_the_range_are_left_alone(db: Database, tmp_path: Path) -> None:
    room = await three_days(db, tmp_path)
    backfill = Backfill(None, date(2026, 4, 8), date(2026, 4, 8), "k")
    mended = await db.transact(
        backfill_deliveries, admin(room.partner), backfill, lag_days=2, now=room.now
    )
    assert mended.queued == 1
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert [row.key for row in await Delivery.filter(status="DELIVERED")] == [
        "DAILY:2026-04-08:100"
    ]


async def test_days_that_no_worker_has_scheduled_are_mended(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(
        db, room.partner, [{"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}]
    )
    room.now = SEVENTH + 40 * DAY
    assert await mend(room) == Mended(room.partner, 3)
    assert await Delivery.all().count() == 42
    assert await Delivery.filter(asked_by="ada").count() == 3


async def test_what_is_mended_goes_to_the_bucket_of_today(db: Database, tmp_path: Path) -> None:
    room = await three_days(db, tmp_path)
    room.bucket("other")
    ada, bucket = admin(room.partner), a_bucket(0, "other", None)
    await db.transact(change_bucket, ada, room.partner, bucket, now=room.now)
    room.now += DAY
    await mend(room)
    await room.work(kinds=DELIVER)
    assert room.there().objects == {}
    # Those of three days, and of the day that has begun.
    assert len(room.there("other").files) == len(room.there("other").manifests) == 4


async def test_skipped_days_are_mended_once_there_is_a_bucket_again(
    db: Database, tmp_path: Path
) -> None:
    room = await three_days(db, tmp_path)
    ada = admin(room.partner)
    room.now += timedelta(hours=1)
    await db.transact(disable_storage, ada, storage_id=room.partner, now=room.now)
    assert await room.work(kinds=DELIVER) == ["DONE"] * 3
    assert await statuses() == ["SKIPPED"] * 3
    with pytest.raises(BillingError) as refused:
        await mend(room)
    assert refused.value.code is ErrorCode.STORAGE_NOT_ENABLED
    enabling, bucket = Enabling(room.partner, False), a_bucket(0, BUCKET, None)
    await db.transact(enable_storage, ada, enabling, bucket, now=room.now + timedelta(hours=1))
    room.now += timedelta(hours=2)
    assert (await mend(room, key="b")).queued == 3
    assert await room.work(kinds=DELIVER) == ["DONE"] * 3


@pytest.mark.parametrize("what", ["consent", "bucket"])
@pytest.mark.parametrize("is_skipped", [False, True])
async def test_bill_that_was_due_is_mended_though_it_was_switched_off_and_on(
    db: Database, tmp_path: Path, what: str, is_skipped: bool
) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    await confirm(room, await an_april(room), NINTH + DAY)
    room.weather = broken
    await room.work(kinds=DELIVER)
    ada, hour = admin(room.partner), timedelta(hours=1)
    enabling, bucket = Enabling(room.partner, True), a_bucket(0, BUCKET, None)
    on, off = (StorageChange(room.partner, stores_customer_bills=is_on) for is_on in (True, False))
    room.now += hour
    if what == "consent":
        await db.transact(update_storage, ada, off, now=room.now)
    else:
        await db.transact(disable_storage, ada, storage_id=room.partner, now=room.now)
    room.weather = calm
    if is_skipped:
        assert await room.work(kinds=DELIVER) == ["DONE"]
        assert await statuses() == ["SKIPPED"]
    room.now += hour
    if what == "consent":
        assert await mended_in_may(room, "off") == 0
        await db.transact(update_storage, ada, on, now=room.now)
    else:
        await db.transact(enable_storage, ada, enabling, bucket, now=room.now)
    assert await mended_in_may(room, "on") == 1
    assert set(await room.work(kinds=DELIVER)) == {"DONE"}
    assert (await Delivery.get(kind="RESELLER")).status == "DELIVERED"
    assert await mended_in_may(room, "again") == 0


async def mended_in_may(room: Mailroom, key: str) -> int:
    """How many customers' bills a backfill lets be tried again."""
    backfill = Backfill(None, date(2026, 5, 9), date(2026, 5, 31), key)
    ada = admin(room.partner)
    await room.db.transact(backfill_deliveries, ada, backfill, lag_days=2, now=room.now)
    return await Delivery.filter(kind="RESELLER", status="SCHEDULED").count()


async def test_more_than_a_statement_may_bind_is_mended(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path)
    room.now = SEVENTH + timedelta(hours=1)
    await db.transact(many_failed, room.partner, 33_000)
    assert (await mend(room)).queued == 33_000
    assert await Delivery.filter(status="SCHEDULED", asked_by="ada").count() == 33_000


async def many_failed(tx: Tx, partner: int, count: int) -> None:
    """Deliveries of 7 April that were given up, without their jobs."""
    await tx.execute(
        "INSERT INTO deliveries (partner_id, kind, key, account, cycle, first_day, last_day,"
        " due_at, status, is_provisional, attempts, created_at)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $3)"
        " SELECT $1, 'DAILY', 'DAILY:' || i, '100', '2026-04', $4, $4, $2, 'FAILED', $5, 11, $2"
        " FROM n",
        *(partner, SEVENTH, count, FIRST, True),
    )


@pytest.mark.parametrize("role", list(Role))
async def test_administrators_and_sales_operations_mend(
    db: Database, tmp_path: Path, role: Role
) -> None:
    room = await three_days(db, tmp_path)
    is_vendor = Principal("x", role).is_vendor
    who = Principal("x", role, None if is_vendor else room.partner)
    if role in {Role.PARTNER_ADMIN, Role.SALES_OPS}:
        assert (await mend(room, who, room.partner)).queued == 3
        return
    with pytest.raises(BillingError) as refused:
        await mend(room, who, room.partner)
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert "SCHEDULED" not in await statuses()


async def test_another_partner_is_like_none_at_all(db: Database, tmp_path: Path) -> None:
    room = await three_days(db, tmp_path)
    other = await a_partner(db, name="Contoso")
    for who, partner in ((admin(room.partner), other), (admin(other), room.partner), (SALES, 99)):
        with pytest.raises(BillingError) as refused:
            await mend(room, who, partner)
        assert (refused.value.code, refused.value.path) == (ErrorCode.NOT_FOUND, ("partnerId",))
    with pytest.raises(BillingError) as unnamed:
        await mend(room, SALES)
    assert unnamed.value.code is ErrorCode.INVALID_INPUT
    assert "SCHEDULED" not in await statuses()


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-04-09", "2026-04-08", ErrorCode.INVALID_RANGE),
        ("2026-01-01", "2027-01-02", ErrorCode.RANGE_TOO_LONG),
    ],
)
async def test_range_that_cannot_be_is_refused(
    db: Database, tmp_path: Path, first: str, last: str, code: ErrorCode
) -> None:
    room = await a_mailroom(db, tmp_path)
    backfill = Backfill(None, date.fromisoformat(first), date.fromisoformat(last), "k")
    with pytest.raises(BillingError) as refused:
        await db.transact(
            backfill_deliveries, admin(room.partner), backfill, lag_days=2, now=room.now
        )
    assert refused.value.code is code
