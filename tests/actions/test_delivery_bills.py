"""Customers' bills in the bucket: from issue, over the confirmation, to the 9th (R33, R34, R47)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.actions.confirmations import confirm_bill
from models.actions.storage_changes import StorageChange, update_storage
from models.actions.storage_enabling import Enabling, enable_storage
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.jobs import JobKind
from models.tables.bills import Bill, BillVersion
from models.tables.deliveries import Delivery
from models.tables.jobs import Job
from tests.actions.desk import finance, shown
from tests.builders import a_customer, some_charges
from tests.delivering import BUCKET, Mailroom, a_mailroom
from tests.storing import a_bucket, admin

FIFTH = datetime(2026, 5, 5, 3, tzinfo=UTC)
NINTH = datetime(2026, 5, 8, 16, tzinfo=UTC)  # midnight of 9 May in Shanghai
HOUR = timedelta(hours=1)
DELIVER = frozenset({JobKind.DELIVER})


async def an_april(room: Mailroom, *, now: datetime = FIFTH) -> int:
    """April's bill of what a customer consumed; its id."""
    customer = await a_customer(room.db, room.partner, name="Zhang Wei")
    rows: list[dict[str, Any]] = [
        {"customer_id": customer, "resource": "vm of Zhang Wei", "amount": "0.1"},
        {"customer_id": customer, "amount": "0.2"},
        {"customer_id": customer, "amount": "0.05", "charge_type": "TAX"},
        {"kind": "SELF_USE", "amount": "9", "account": "100"},
    ]
    await some_charges(room.db, room.partner, [{"cycle": "2026-04", **row} for row in rows])
    await room.db.transact(issue_bills, partner_id=room.partner, cycle="2026-04", now=now)
    return int((await Bill.get(kind="RESELLER")).id)


async def confirm(room: Mailroom, bill: int, now: datetime) -> None:
    room.now = now
    await room.db.transact(confirm_bill, finance(room.partner), await shown(bill), now=now)


async def status() -> list[tuple[str, datetime, int | None]]:
    rows = await Delivery.filter(kind="RESELLER").order_by("id")
    return [(row.status, row.due_at, row.version_id) for row in rows]


async def test_bill_waits_for_its_confirmation_and_is_delivered_on_the_9th(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    bill = await an_april(room)
    assert await status() == [("WAITING_FOR_CONFIRMATION", NINTH, None)]
    assert await Job.filter(kind="DELIVER").count() == 0
    await confirm(room, bill, FIFTH + HOUR)
    version = await BillVersion.get(bill_id=bill)
    assert await status() == [("SCHEDULED", NINTH, version.id)]
    room.now = NINTH - timedelta(microseconds=1)
    assert await room.work(kinds=DELIVER) == []
    room.now = NINTH
    assert await room.work(kinds=DELIVER) == ["DONE"]
    [key] = room.there().files
    manifest = room.there().manifests[key]
    [said] = manifest.bills
    assert (said.bill, said.version, said.digest) == (f"bil_{bill}", 1, version.digest)
    assert (said.rows, said.total) == (3, Decimal("0.3"))
    assert manifest.sums == {"USD": version.settlement} == {"USD": Decimal("0.3")}
    assert (manifest.kind, manifest.is_provisional, manifest.account) == ("RESELLER", False, "100")
    assert key.startswith("bills/100-2026-04--by_used_time-")
    text = "".join(room.there().lines(key))
    assert "token-acme" in text
    assert "Zhang" not in text


async def test_late_confirmation_means_late_data(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    bill = await an_april(room)
    room.now = NINTH + timedelta(days=30)
    assert await room.work(kinds=DELIVER) == []
    await confirm(room, bill, room.now)
    assert [(s, due) for s, due, _ in await status()] == [("SCHEDULED", room.now)]
    assert await room.work(kinds=DELIVER) == ["DONE"]


async def test_version_that_was_confirmed_is_delivered(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    bill = await an_april(room)
    await some_charges(db, room.partner, [{"cycle": "2026-04", "amount": "5"}])
    await db.transact(reissue_bill, bill_id=bill, now=FIFTH + HOUR)
    await confirm(room, bill, FIFTH + 2 * HOUR)
    await some_charges(db, room.partner, [{"cycle": "2026-04", "amount": "7"}])
    room.now = NINTH
    await room.work(kinds=DELIVER)
    [manifest] = room.there().manifests.values()
    assert ([bill.version for bill in manifest.bills], manifest.sums) == (
        [2],
        {"USD": Decimal("5.3")},
    )


async def test_without_consent_no_bill_of_customers_is_delivered(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    bill = await an_april(room)
    await confirm(room, bill, FIFTH)
    room.now = NINTH
    assert await room.work(kinds=DELIVER) == []
    assert await status() == []
    assert room.there().objects == {}


@pytest.mark.parametrize("confirmed", ["before", "after"])
async def test_consent_that_comes_before_the_9th_is_in_time(
    db: Database, tmp_path: Path, confirmed: str
) -> None:
    room = await a_mailroom(db, tmp_path)
    bill = await an_april(room)
    if confirmed == "before":
        await confirm(room, bill, FIFTH + HOUR)
    change = StorageChange(room.partner, stores_customer_bills=True)
    for _ in range(2):
        await db.transact(update_storage, admin(room.partner), change, now=FIFTH + 2 * HOUR)
    if confirmed == "after":
        assert [s for s, _, _ in await status()] == ["WAITING_FOR_CONFIRMATION"]
        await confirm(room, bill, FIFTH + 3 * HOUR)
    assert [(s, due) for s, due, _ in await status()] == [("SCHEDULED", NINTH)]
    room.now = NINTH
    assert await room.work(kinds=DELIVER) == ["DONE"]


async def test_consent_after_the_9th_does_not_reach_back(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path)
    await confirm(room, await an_april(room), FIFTH + HOUR)
    change = StorageChange(room.partner, stores_customer_bills=True)
    late = NINTH + timedelta(microseconds=1)
    await db.transact(update_storage, admin(room.partner), change, now=late)
    assert await status() == []


@pytest.mark.parametrize("what", ["consent", "bucket"])
async def test_what_is_taken_back_before_its_turn_is_skipped(
    db: Database, tmp_path: Path, what: str
) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    await confirm(room, await an_april(room), FIFTH + HOUR)
    ada = admin(room.partner)
    if what == "bucket":
        await db.transact(disable_storage, ada, storage_id=room.partner, now=FIFTH + 2 * HOUR)
    else:
        change = StorageChange(room.partner, stores_customer_bills=False)
        await db.transact(update_storage, ada, change, now=FIFTH + 2 * HOUR)
    room.now = NINTH
    assert await room.work(kinds=DELIVER) == ["DONE"]
    [row] = await Delivery.filter(kind="RESELLER")
    why = "disabled" if what == "bucket" else "consent"
    assert (row.status, why in (row.failure or "")) == ("SKIPPED", True)
    assert room.there().objects == {}


async def test_bucket_that_is_back_before_the_9th_gets_the_bill(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    await confirm(room, await an_april(room), FIFTH + HOUR)
    ada = admin(room.partner)
    await db.transact(disable_storage, ada, storage_id=room.partner, now=FIFTH + 2 * HOUR)
    enabling, bucket = Enabling(room.partner, stores_customer_bills=True), a_bucket(0, BUCKET, None)
    await db.transact(enable_storage, ada, enabling, bucket, now=FIFTH + 3 * HOUR)
    room.now = NINTH
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert [s for s, _, _ in await status()] == ["DELIVERED"]


async def test_issue_and_confirmation_of_others_make_no_delivery(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    await an_april(room)
    own = await Bill.get(kind="SELF_USE")
    await confirm(room, own.id, FIFTH + HOUR)
    assert [s for s, _, _ in await status()] == ["WAITING_FOR_CONFIRMATION"]
    assert await Delivery.filter(bill_id=own.id).count() == 0
