"""Delivering a file: what is in the bucket then, whatever happens on the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from models.actions.delivering import deliver
from models.actions.jobs import Superseded
from models.adapters.database import Database
from models.rules.errors import ErrorCode, Unavailable
from models.rules.jobs import BACK_OFF, JobKind
from models.rules.manifests import MANIFEST_SUFFIX
from models.tables.artefacts import ArtefactPart
from models.tables.deliveries import Delivery
from models.tables.events import Event
from models.tables.jobs import Job
from tests.builders import some_charges
from tests.delivering import LEASE, Killed, Mailroom, Weather, a_mailroom, calm, log

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 4, 6, 16, tzinfo=UTC)  # of 7 April in Shanghai
USED = datetime(2026, 4, 3, tzinfo=UTC)
ROWS = [
    {"kind": "SELF_USE", "cycle": "2026-04", "account": "100", "usage_start": USED, **changes}
    for changes in ({"amount": "0.1"}, {"amount": "0.2"}, {"amount": "7", "currency": "CNY"})
]


async def a_day(db: Database, folder: Path) -> Mailroom:
    """A partner with three charges of its own, at the midnight of 7 April."""
    room = await a_mailroom(db, folder)
    await some_charges(db, room.partner, ROWS)
    room.now = MIDNIGHT
    return room


async def test_daily_file_and_its_manifest_are_in_the_bucket(db: Database, tmp_path: Path) -> None:
    room = await a_day(db, tmp_path)
    assert await room.work() == ["DONE"]
    bucket = room.there()
    [key] = bucket.files
    [delivery] = await Delivery.all()
    assert key == f"bills/{delivery.file_name}"
    assert key.startswith("bills/100-2026-04--by_used_time-bill-details-consolidated_bill-")
    manifest = bucket.manifests[key]
    assert manifest.file is not None
    assert manifest.file.sha256 == delivery.sha256 == sha256(bucket.objects[key]).hexdigest()
    assert manifest.sums == {"CNY": Decimal(7), "USD": Decimal("0.3")}
    assert delivery.control_sums == {"CNY": "7", "USD": "0.3"}
    assert (manifest.rows, delivery.rows, len(bucket.lines(key))) == (3, 3, 3)
    assert manifest.period == (delivery.first_day, delivery.last_day)
    assert str(manifest.period[1]) == "2026-04-05"
    assert (manifest.account, manifest.is_provisional, manifest.bills) == ("100", True, ())
    assert bucket.lines(key)[0].startswith("2026-04,SELF_USE,CNY,,,")
    assert (delivery.status, delivery.delivered_at, delivery.asked_by) == (
        "DELIVERED",
        MIDNIGHT,
        None,
    )
    assert not any((tmp_path / "files").rglob("*.*"))
    assert await room.work() == []
    assert room.there() == bucket


async def test_nothing_is_left_in_our_own_store_nor_written_about_parts(
    db: Database, tmp_path: Path
) -> None:
    room = await a_day(db, tmp_path)
    room.rows_per_part = 1
    await room.work()
    [key] = room.there().files
    assert [part.rows for part in room.there().manifests[key].parts] == [1, 1, 1]
    assert await ArtefactPart.all().count() == 0
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_account_without_charges_gets_a_file_without_rows(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(db, room.partner, [{**ROWS[0], "cycle": "2026-03"}])
    room.now = MIDNIGHT
    assert await room.work() == ["DONE"]
    [key] = room.there().files
    assert (room.there().lines(key), room.there().manifests[key].sums) == ([], {})


def failing(times: int, moment: str = "before") -> tuple[list[str], Weather]:
    tries: list[str] = []

    async def weather(when: str, key: str) -> None:
        if when == moment and not key.endswith(MANIFEST_SUFFIX):
            tries.append(key)
            if len(tries) <= times:
                raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)

    return tries, weather


async def test_failed_delivery_is_tried_again_under_the_same_name(
    db: Database, tmp_path: Path
) -> None:
    room = await a_day(db, tmp_path)
    tries, room.weather = failing(2)
    assert await room.work() == ["QUEUED: The bucket does not answer."]
    [delivery] = await Delivery.all()
    assert (delivery.status, delivery.failure) == ("RETRYING", "The bucket does not answer.")
    assert room.there().objects == {}
    assert await room.work() == []
    for pause in BACK_OFF[:2]:
        room.now += pause
        await room.work()
    assert len(tries) == 3
    assert len(set(tries)) == 1
    [delivery] = await Delivery.all()
    assert (delivery.status, delivery.failure, delivery.attempts) == ("DELIVERED", None, 3)
    assert len(room.there().objects) == 2
    assert await Event.filter(event_type="DELIVERY_FAILED").count() == 0


async def test_file_that_arrived_though_nobody_heard_so_is_there_once(
    db: Database, tmp_path: Path
) -> None:
    room = await a_day(db, tmp_path)
    _, room.weather = failing(1, "after")
    await room.work()
    assert len(room.there().objects) == 1
    first = room.there().objects
    room.now += BACK_OFF[0]
    assert await room.work() == ["DONE"]
    assert len(room.there().objects) == 2
    assert first.items() <= room.there().objects.items()


async def test_delivery_is_given_up_after_five_days_and_the_partner_told_twice(
    db: Database, tmp_path: Path
) -> None:
    room = await a_day(db, tmp_path)
    tries, room.weather = failing(99)
    await room.work()
    for pause in BACK_OFF:
        room.now += pause
        await room.work()
    first = await Event.filter(event_type="DELIVERY_FAILED")
    assert [event.payload["willRetry"] for event in first] == [True]
    mine = set(tries)
    for _ in range(5):
        room.now += DAY
        await room.work()
    assert [key for key in tries if key in mine] == [*mine] * 11
    delivery = await Delivery.all().order_by("id").first()
    assert delivery is not None
    assert (delivery.status, delivery.attempts) == ("FAILED", 11)
    job = await Job.get(key=f"deliver:{delivery.id}")
    assert (job.status, job.kind) == ("DONE", "DELIVER")
    told = await Event.filter(event_type="DELIVERY_FAILED", object_id=f"dlv_{delivery.id}")
    assert [event.payload["willRetry"] for event in told] == [True, False]
    assert told[0].payload | {"willRetry": False} == told[1].payload
    assert told[1].payload == {
        "deliveryId": f"dlv_{delivery.id}",
        "partnerId": f"prt_{room.partner}",
        "kind": "DAILY",
        "account": "100",
        "cycle": "2026-04",
        "reason": "The bucket does not answer.",
        "willRetry": False,
    }


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("which", ["file", "manifest"])
async def test_worker_that_is_killed_anywhere_leaves_it_to_another(
    db: Database, tmp_path: Path, moment: str, which: str
) -> None:
    room = await a_day(db, tmp_path)
    room.rows_per_part = 1

    async def weather(when: str, key: str) -> None:
        if when == moment and key.endswith(MANIFEST_SUFFIX) == (which == "manifest"):
            room.weather = calm
            raise Killed

    room.weather = weather
    assert await room.work() == ["KILLED"]
    left = room.there().objects
    assert [status for _, status, _ in await log()] == ["RUNNING"]
    assert await room.work() == []
    room.now += LEASE
    assert await room.work() == ["DONE"]
    there = room.there()
    assert left.items() <= there.objects.items()
    [key] = there.files
    assert there.manifests.keys() == {key}
    [delivery] = await Delivery.all()
    assert (delivery.status, delivery.attempts) == ("DELIVERED", 2)
    assert sha256(there.objects[key]).hexdigest() == delivery.sha256


async def test_worker_whose_lease_was_lost_doubles_nothing(db: Database, tmp_path: Path) -> None:
    room = await a_day(db, tmp_path)
    await room.work(kinds=frozenset({JobKind.SCHEDULE_DELIVERIES}))
    [first] = await room.claim("slow")
    slow = asyncio.Event()
    room.now += LEASE
    [second] = await room.claim("quick")

    async def late() -> str:
        await slow.wait()
        with pytest.raises(Superseded):
            await deliver(room.dispatch, first)
        return "SUPERSEDED"

    waiting = asyncio.create_task(late())
    assert await room.run(second) == "DONE"
    there = room.there()
    slow.set()
    assert await waiting == "SUPERSEDED"
    assert room.there() == there
    assert await log() == [("DAILY:2026-04-07:100", "DELIVERED", 1)]


async def test_two_workers_in_the_middle_of_one_file_put_it_once(
    db: Database, tmp_path: Path
) -> None:
    room = await a_day(db, tmp_path)
    await room.work(kinds=frozenset({JobKind.SCHEDULE_DELIVERIES}))
    [first] = await room.claim("slow")
    has_put, may_go_on = asyncio.Event(), asyncio.Event()

    async def stall(moment: str, _key: str) -> None:
        if moment == "after":
            has_put.set()
            await may_go_on.wait()

    slow = asyncio.create_task(deliver(room.dispatch_in(stall), first))
    await has_put.wait()
    room.now += LEASE
    [second] = await room.claim("quick")
    assert await room.run(second) == "DONE"
    there = room.there()
    may_go_on.set()
    with pytest.raises(Superseded):
        await slow
    assert room.there() == there
    assert len(there.objects) == 2
    assert await log() == [("DAILY:2026-04-07:100", "DELIVERED", 2)]
