"""Files that were delivered, asked for again: looked for, put again, or made anew (R47, R51)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.actions.confirmations import confirm_bill
from models.actions.delivery_requests import deliver_bill, trigger_delivery
from models.actions.storage_changes import StorageChange, update_storage
from models.actions.storage_enabling import change_bucket
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.adapters.shelf_places import open_shelf
from models.reads.verified_files import verify_files
from models.rules.errors import BillingError, ErrorCode, Unavailable
from models.rules.jobs import JobKind
from models.rules.manifests import MANIFEST_SUFFIX
from models.tables.bills import Bill
from models.tables.deliveries import Delivery
from tests.actions.desk import finance, shown
from tests.actions.test_delivery_bills import NINTH, an_april, confirm
from tests.builders import some_charges
from tests.delivering import Mailroom, a_mailroom, calm
from tests.storing import SALES, a_bucket, admin

SECOND = datetime(2026, 5, 1, 16, tzinfo=UTC)  # midnight of 2 May in Shanghai
FIFTH = datetime(2026, 5, 5, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DELIVER = frozenset({JobKind.DELIVER})
OWN = {"kind": "SELF_USE", "cycle": "2026-04", "account": "100", "amount": "1"}


async def away(_moment: str, _key: str) -> None:
    raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)


async def a_delivered_bill(db: Database, folder: Path) -> tuple[Mailroom, Delivery]:
    """April's bill of a partner's customers, in the bucket."""
    room = await a_mailroom(db, folder, customer_bills=True)
    await confirm(room, await an_april(room), NINTH)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    return room, await Delivery.get(kind="RESELLER")


async def ask(room: Mailroom, delivery: Delivery, key: str = "k") -> None:
    room.now += HOUR
    await room.db.transact(trigger_delivery, SALES, delivery.id, key=key, now=room.now)


@pytest.mark.parametrize(
    "is_gone",
    [
        lambda name: True,
        lambda name: not name.endswith(MANIFEST_SUFFIX),
        lambda name: name.endswith(MANIFEST_SUFFIX),
    ],
    ids=["both", "file", "manifest"],
)
async def test_what_is_gone_from_the_bucket_is_put_again_as_it_was(
    db: Database, tmp_path: Path, is_gone: Callable[[str], bool]
) -> None:
    room, delivery = await a_delivered_bill(db, tmp_path)
    there = room.there()
    for key in filter(is_gone, there.objects):
        (room.bucket() / key).unlink()
    room.now += HOUR
    bill = delivery.bill_id
    asked = await db.transact(deliver_bill, SALES, bill, key="k", now=room.now)
    assert asked.delivery_id == delivery.id
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert room.there() == there
    [row] = await Delivery.filter(kind="RESELLER")
    assert (row.status, row.sha256) == ("DELIVERED", delivery.sha256)


async def test_file_that_was_damaged_is_left_alone_and_delivered_under_another_name(
    db: Database, tmp_path: Path
) -> None:
    room, delivery = await a_delivered_bill(db, tmp_path)
    damaged = room.bucket() / "bills" / str(delivery.file_name)
    damaged.write_bytes(b"x" * 10)
    await ask(room, delivery)
    await room.work(kinds=DELIVER)
    room.now += DAY
    await room.work(kinds=DELIVER)
    row = await Delivery.get(id=delivery.id)
    assert (row.status, row.file_name == delivery.file_name) == ("DELIVERED", False)
    assert damaged.read_bytes() == b"x" * 10


@pytest.mark.parametrize("what", ["consent", "bucket"])
async def test_asking_for_what_is_delivered_is_refused_where_nothing_may_be_written(
    db: Database, tmp_path: Path, what: str
) -> None:
    room, delivery = await a_delivered_bill(db, tmp_path)
    ada = admin(room.partner)
    if what == "bucket":
        await db.transact(disable_storage, ada, storage_id=room.partner, now=room.now)
    else:
        off = StorageChange(room.partner, stores_customer_bills=False)
        await db.transact(update_storage, ada, off, now=room.now)
    with pytest.raises(BillingError) as refused:
        await ask(room, delivery)
    assert refused.value.code is ErrorCode.STORAGE_NOT_ENABLED
    assert await Delivery.get(id=delivery.id) == delivery


async def test_delivered_file_stays_so_when_storage_is_disabled_before_it_is_looked_for(
    db: Database, tmp_path: Path
) -> None:
    room, delivery = await a_delivered_bill(db, tmp_path)
    there = room.there()
    await ask(room, delivery)
    await db.transact(disable_storage, admin(room.partner), storage_id=room.partner, now=room.now)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    row = await Delivery.get(id=delivery.id)
    assert (row.status, row.failure, row.destination_id) == (
        *("DELIVERED", None),
        delivery.destination_id,
    )
    assert room.there() == there


async def test_file_in_a_former_bucket_stays_there_and_goes_to_the_new_one_once_it_is_gone(
    db: Database, tmp_path: Path
) -> None:
    room, delivery = await a_delivered_bill(db, tmp_path)
    there = room.there()
    room.bucket("other")
    bucket = a_bucket(0, "other", None)
    await db.transact(change_bucket, admin(room.partner), room.partner, bucket, now=room.now)
    room.now += DAY
    await ask(room, delivery)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert (await Delivery.get(id=delivery.id)).destination_id == delivery.destination_id
    assert room.there("other").objects == {}
    (room.bucket() / "bills" / str(delivery.file_name)).unlink()
    room.weather = away
    await ask(room, delivery, "gone")
    await room.work(kinds=DELIVER)
    room.weather = calm
    room.now += HOUR
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert room.there("other") == there
    assert (await Delivery.get(id=delivery.id)).destination_id != delivery.destination_id


async def a_month(db: Database, folder: Path) -> tuple[Mailroom, Delivery]:
    """April's own use, delivered on 2 May, before there is a bill."""
    room = await a_mailroom(db, folder)
    await some_charges(db, room.partner, [OWN])
    room.now = SECOND
    await room.work()
    month = await Delivery.get(kind="MONTHLY")
    assert (month.status, month.is_provisional) == ("DELIVERED", True)
    return room, month


async def issue(room: Mailroom) -> int:
    room.now = FIFTH
    await room.db.transact(issue_bills, partner_id=room.partner, cycle="2026-04", now=room.now)
    return int((await Bill.get(kind="SELF_USE")).id)


async def said(room: Mailroom) -> list[tuple[str, bool, list[int]]]:
    """Of all monthly files in the bucket, in the order of their making."""
    manifests = room.there().manifests
    return [
        (
            str(manifest.sums["USD"]),
            manifest.is_provisional,
            [bill.version for bill in manifest.bills],
        )
        for _, manifest in sorted(manifests.items())
        if manifest.kind == "MONTHLY"
    ]


async def test_month_is_delivered_anew_where_its_bill_came_or_has_another_version(
    db: Database, tmp_path: Path
) -> None:
    room, month = await a_month(db, tmp_path)
    first, bill = room.there().objects, await issue(room)
    await ask(room, month, "issued")
    await room.work(kinds=DELIVER)
    await some_charges(db, room.partner, [OWN | {"amount": "5"}])
    await db.transact(reissue_bill, bill_id=bill, now=room.now)
    await ask(room, month, "reissued")
    await room.work(kinds=DELIVER)
    await db.transact(confirm_bill, finance(room.partner), await shown(bill), now=room.now)
    await ask(room, month, "confirmed")
    assert (await Delivery.get(id=month.id)).status == "SCHEDULED"
    await room.work(kinds=DELIVER)
    whole = [("1", True, []), ("1", False, [1]), ("6", False, [2])]
    assert await said(room) == whole
    await ask(room, month, "again")
    await room.work(kinds=DELIVER)
    assert await said(room) == whole
    assert first.items() <= room.there().objects.items()
    row = await Delivery.get(id=month.id)
    assert (row.status, row.is_provisional, row.control_sums) == ("DELIVERED", False, {"USD": "6"})
    verified = verify_files(open_shelf(str(room.bucket()), None))
    assert [finding for finding in verified.findings if finding.is_wrong] == []


async def test_month_of_which_nothing_came_is_only_looked_for(db: Database, tmp_path: Path) -> None:
    room, month = await a_month(db, tmp_path)
    there = room.there()
    await some_charges(db, room.partner, [OWN | {"cycle": "2026-05"}])
    await ask(room, month)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert room.there() == there


async def test_day_is_never_made_anew(db: Database, tmp_path: Path) -> None:
    room, _ = await a_month(db, tmp_path)
    there, day = room.there(), await Delivery.get(key="DAILY:2026-05-02:100")
    await some_charges(db, room.partner, [OWN])
    await ask(room, day)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert room.there() == there
