"""A file whose manifest could not be put: it is whole, or it is not there (R55, R69)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.actions.delivering import deliver
from models.actions.jobs import Superseded
from models.actions.storage_stopping import disable_storage
from models.adapters.database import Database
from models.rules.errors import ErrorCode, Unavailable
from models.rules.jobs import BACK_OFF, JobKind
from models.rules.manifests import MANIFEST_SUFFIX
from models.tables.deliveries import Delivery
from tests.builders import some_charges
from tests.delivering import LEASE, Mailroom, a_mailroom, calm
from tests.storing import admin

MIDNIGHT = datetime(2026, 4, 6, 16, tzinfo=UTC)
DELIVER = frozenset({JobKind.DELIVER})


async def refused(moment: str, key: str) -> None:
    """The store takes everything but manifests."""
    if moment == "before" and key.endswith(MANIFEST_SUFFIX):
        raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)


async def unheard(moment: str, key: str) -> None:
    """A manifest arrives, only nobody hears of it."""
    if moment == "after" and key.endswith(MANIFEST_SUFFIX):
        raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)


@pytest.fixture
async def room(db: Database, tmp_path: Path) -> Mailroom:
    made = await a_mailroom(db, tmp_path)
    row = {"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}
    await some_charges(db, made.partner, [row])
    made.now = MIDNIGHT
    return made


async def test_file_without_its_manifest_is_taken_away_and_put_again(room: Mailroom) -> None:
    room.weather = refused
    assert await room.work() == ["QUEUED: The bucket does not answer."]
    assert room.there().objects == {}
    room.weather = calm
    room.now += BACK_OFF[0]
    assert await room.work() == ["DONE"]
    assert len(room.there().objects) == 2


async def test_nothing_is_left_where_storage_is_disabled_before_the_next_attempt(
    room: Mailroom,
) -> None:
    room.weather = refused
    await room.work()
    room.weather = calm
    ada = admin(room.partner)
    await room.db.transact(disable_storage, ada, storage_id=room.partner, now=room.now)
    assert await room.work(kinds=DELIVER) == ["DONE"]
    row = await Delivery.get()
    assert (row.status, row.failure) == (
        "SKIPPED",
        "Bill storage was disabled when it was its turn; nothing more was written.",
    )
    assert room.there().objects == {}


async def test_file_whose_manifest_arrived_after_all_stays(room: Mailroom) -> None:
    room.weather = unheard
    await room.work()
    there = room.there()
    assert len(there.objects) == 2
    room.weather = calm
    room.now += BACK_OFF[0]
    assert await room.work() == ["DONE"]
    assert room.there() == there


async def test_manifest_of_somebody_else_stays_and_our_file_does_not(room: Mailroom) -> None:
    async def meddle(moment: str, key: str) -> None:
        if moment == "before" and key.endswith(MANIFEST_SUFFIX):
            (room.bucket() / "bills" / key).write_bytes(b"somebody else's")

    room.weather = meddle
    await room.work()
    assert list(room.there().objects.values()) == [b"somebody else's"]


async def test_file_that_is_another_runs_by_now_is_left_to_it(room: Mailroom) -> None:
    await room.work(kinds=frozenset({JobKind.SCHEDULE_DELIVERIES}))
    [first] = await room.claim("slow")

    async def late(moment: str, key: str) -> None:
        if moment == "before" and key.endswith(MANIFEST_SUFFIX):
            room.now += LEASE
            room.weather = calm
            [second] = await room.claim("quick")
            await room.run(second)
            raise Unavailable("The bucket does not answer.", ErrorCode.BUCKET_UNAVAILABLE)

    room.weather = late
    with pytest.raises(Superseded):
        await deliver(room.dispatch, first)
    assert len(room.there().objects) == 2
    assert (await Delivery.get()).status == "DELIVERED"
