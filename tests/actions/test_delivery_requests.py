"""Deliveries that somebody asks for: by whom, of what, and that asking twice is harmless (R47)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.actions.bills import issue_bills
from models.actions.confirmations import confirm_bill
from models.actions.delivery_requests import deliver_bill, trigger_delivery
from models.actions.storage_changes import StorageChange, update_storage
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode, Unavailable
from models.rules.jobs import JobKind
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill
from models.tables.deliveries import Delivery
from models.tables.jobs import Job
from tests.actions.desk import finance, shown
from tests.builders import some_charges
from tests.delivering import Mailroom, a_mailroom, calm, log
from tests.storing import SALES, admin

SEVENTH = datetime(2026, 4, 6, 16, tzinfo=UTC)
FIFTH_OF_MAY = datetime(2026, 5, 5, 3, tzinfo=UTC)
DELIVER = frozenset({JobKind.DELIVER})


async def broken(_moment: str, _key: str) -> None:
    raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)


async def a_failure(db: Database, folder: Path) -> tuple[Mailroom, Delivery]:
    """A delivery that was given up after all its attempts; the weather is fine again."""
    room = await a_mailroom(db, folder)
    await some_charges(
        db, room.partner, [{"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}]
    )
    room.now, room.weather = SEVENTH, broken
    await room.work()
    [delivery] = await Delivery.all()
    while (await Delivery.get(id=delivery.id)).status != "FAILED":
        [job] = await Job.filter(key=f"deliver:{delivery.id}")
        room.now = job.run_at
        for claimed in await room.claim("w"):
            await room.run(claimed)
    room.weather = calm
    return room, await Delivery.get(id=delivery.id)


async def trigger(room: Mailroom, delivery: int, key: str = "k") -> int | None:
    asked = await room.db.transact(trigger_delivery, SALES, delivery, key=key, now=room.now)
    assert asked.delivery_id == delivery
    return asked.job_id


async def refused(room: Mailroom, verb: object, number: int, who: Principal = SALES) -> ErrorCode:
    before = (await log(), await AuditEntry.all().count())
    with pytest.raises(BillingError) as error:
        await room.db.transact(verb, who, number, key="r", now=room.now)  # type: ignore[arg-type]
    assert (await log(), await AuditEntry.all().count()) == before
    return error.value.code


async def test_failed_delivery_is_delivered_when_sales_operations_ask(
    db: Database, tmp_path: Path
) -> None:
    room, failed = await a_failure(db, tmp_path)
    job_id = await trigger(room, failed.id)
    [row] = await Delivery.all()
    assert (row.status, row.failure, row.asked_by) == ("SCHEDULED", None, "sam")
    job = await Job.get(id=job_id)
    assert (job.status, job.failures, job.run_at) == ("QUEUED", 0, room.now)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    [row] = await Delivery.all()
    assert (row.status, row.file_name, row.attempts) == ("DELIVERED", failed.file_name, 12)
    assert len(room.there().objects) == 2
    [act] = await AuditEntry.filter(action="TRIGGER_DELIVERY")
    assert (act.subject, act.object_id, act.partner_id) == ("sam", f"dlv_{row.id}", room.partner)


async def test_asking_again_for_what_is_delivered_changes_nothing(
    db: Database, tmp_path: Path
) -> None:
    room, failed = await a_failure(db, tmp_path)
    for _ in range(2):
        await trigger(room, failed.id)
    await room.work(kinds=DELIVER)
    there, [row] = room.there(), await Delivery.all().values()
    assert await trigger(room, failed.id, "k") is None
    assert await room.work(kinds=DELIVER) == []
    room.now += timedelta(hours=1)
    room.weather = broken  # to which nothing is put
    assert await trigger(room, failed.id, "other") is not None
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert room.there() == there
    looked = {"attempts": row["attempts"] + 1, "attempted_at": room.now}
    assert await Delivery.all().values() == [row | looked]
    assert await AuditEntry.filter(action="TRIGGER_DELIVERY").count() == 2
    assert await AuditEntry.filter(action="DELIVER_FILE").count() == 1


async def test_delivery_that_waits_for_its_next_attempt_is_brought_forward(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    row = {"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}
    await some_charges(db, room.partner, [row])
    room.now, room.weather = SEVENTH, broken
    await room.work()
    room.weather = calm
    [delivery] = await Delivery.all()
    await trigger(room, delivery.id)
    assert await room.work(kinds=DELIVER) == ["DONE"]


async def test_nothing_is_delivered_where_bill_storage_is_disabled(
    db: Database, tmp_path: Path
) -> None:
    room, failed = await a_failure(db, tmp_path)
    ada = admin(room.partner)
    await db.transact(disable_storage, ada, storage_id=room.partner, now=room.now)
    assert await refused(room, trigger_delivery, failed.id) is ErrorCode.STORAGE_NOT_ENABLED


async def a_bill(room: Mailroom) -> int:
    await some_charges(
        room.db, room.partner, [{"cycle": "2026-04"}, {"cycle": "2026-04", "kind": "SELF_USE"}]
    )
    room.now = FIFTH_OF_MAY
    await room.db.transact(issue_bills, partner_id=room.partner, cycle="2026-04", now=room.now)
    return int((await Bill.get(kind="RESELLER")).id)


async def test_bill_that_waits_for_its_confirmation_is_not_delivered(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    bill = await a_bill(room)
    [waiting] = await Delivery.all()
    assert await refused(room, trigger_delivery, waiting.id) is ErrorCode.BILL_NOT_CONFIRMED
    assert await refused(room, deliver_bill, bill) is ErrorCode.BILL_NOT_CONFIRMED


async def test_bill_that_was_confirmed_before_consent_is_delivered_when_asked_for(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    bill = await a_bill(room)
    await db.transact(confirm_bill, finance(room.partner), await shown(bill), now=room.now)
    assert await refused(room, deliver_bill, bill) is ErrorCode.STORAGE_NOT_ENABLED
    assert await Delivery.all().count() == 0
    room.now += timedelta(days=40)
    change = StorageChange(room.partner, stores_customer_bills=True)
    await db.transact(update_storage, admin(room.partner), change, now=room.now)
    asked = [await db.transact(deliver_bill, SALES, bill, key=key, now=room.now) for key in "aab"]
    assert len({each.delivery_id for each in asked}) == 1
    assert await room.work(kinds=DELIVER) == ["DONE"]
    [row] = await Delivery.filter(kind="RESELLER")
    assert (row.status, row.bill_id, row.asked_by) == ("DELIVERED", bill, "sam")
    there = room.there()
    await db.transact(deliver_bill, SALES, bill, key="c", now=room.now)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    assert room.there() == there


async def test_bill_of_own_use_is_not_delivered_as_such(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    await a_bill(room)
    own = await Bill.get(kind="SELF_USE")
    assert await refused(room, deliver_bill, own.id) is ErrorCode.INVALID_STATE


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SALES_OPS])
async def test_only_sales_operations_trigger(db: Database, tmp_path: Path, role: Role) -> None:
    room = await a_mailroom(db, tmp_path, customer_bills=True)
    bill = await a_bill(room)
    [waiting] = await Delivery.all()
    is_vendor = Principal("x", role).is_vendor
    who = Principal("x", role, None if is_vendor else room.partner)
    assert await refused(room, trigger_delivery, waiting.id, who) is ErrorCode.FORBIDDEN
    assert await refused(room, deliver_bill, bill, who) is ErrorCode.FORBIDDEN


async def test_what_is_not_there_is_not_found(db: Database, tmp_path: Path) -> None:
    room = await a_mailroom(db, tmp_path)
    assert await refused(room, trigger_delivery, 99) is ErrorCode.NOT_FOUND
    assert await refused(room, deliver_bill, 99) is ErrorCode.NOT_FOUND


async def test_key_that_asked_for_another_delivery_is_refused(db: Database, tmp_path: Path) -> None:
    room, failed = await a_failure(db, tmp_path)
    await room.work()
    other = await Delivery.exclude(id=failed.id).order_by("id").first()
    assert other is not None
    await trigger(room, failed.id, "r")
    assert await refused(room, trigger_delivery, other.id) is ErrorCode.IDEMPOTENCY_CONFLICT
