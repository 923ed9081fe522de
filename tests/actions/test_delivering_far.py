"""Deliveries to stores that nobody here wrote, and to such as do not do as they should."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.actions.storage_enabling import Enabling, enable_storage
from models.adapters import bucket_requests
from models.adapters.database import Database
from models.adapters.files import Label, LocalFiles, NewFile
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import ErrorCode, Unavailable
from models.rules.jobs import BACK_OFF
from models.rules.manifests import MANIFEST_SUFFIX
from models.tables.audit import AuditEntry
from models.tables.deliveries import Delivery
from models.tables.events import Event
from models.tables.jobs import Job
from tests.builders import some_charges
from tests.delivering import Mailroom, a_mailroom, add_billing_accounts, calm
from tests.peers.hostile import KEYS, Answer, a_store, hangs, hangs_up, refuses, says
from tests.peers.stores import Peer
from tests.storing import NOW, a_bucket, admin, granted

SEVENTH = datetime(2026, 4, 6, 16, tzinfo=UTC)
NASTY = ("../../etc/passwd", '=HYPERLINK("http://evil")', "x" * 900, "名/前")


async def a_far_mailroom(
    db: Database, folder: Path, address: BucketAddress, keys: Credentials, *accounts: str
) -> Mailroom:
    """A partner with charges of 3 April in each account, and a bucket in a store."""
    partner = await granted(db)
    bucket = a_bucket(
        partner, address.bucket, keys, provider=address.provider, endpoint=address.endpoint,
        region=address.region, prefix=address.prefix,
    )  # fmt: skip
    enabling = Enabling(partner, stores_customer_bills=False)
    await db.transact(enable_storage, admin(partner), enabling, bucket, now=NOW)
    await db.transact(add_billing_accounts, partner, *(accounts or ("100",)))
    row = {"kind": "SELF_USE", "cycle": "2026-04", "usage_start": datetime(2026, 4, 3, tzinfo=UTC)}
    await some_charges(db, partner, [row | {"account": name} for name in accounts or ("100",)])
    return Mailroom(db, folder, partner, SEVENTH)


async def test_files_and_manifests_are_in_a_real_store(
    db: Database, tmp_path: Path, peer: Peer
) -> None:
    address = await peer.made()
    room = await a_far_mailroom(db, tmp_path, address, peer.credentials, "100", *NASTY)
    assert await room.work() == ["DONE"] * 5
    names = peer.names(address.bucket)
    files = [name for name in names if not name.endswith(MANIFEST_SUFFIX)]
    assert sorted(names) == sorted([*files, *(name + MANIFEST_SUFFIX for name in files)])
    assert sorted(files) == sorted(f"bills/{row.file_name}" for row in await Delivery.all())
    for row in await Delivery.all():
        key = f"bills/{row.file_name}"
        said = json.loads(peer.content(address.bucket, key + MANIFEST_SUFFIX))
        assert (said["account"], said["file"]["sha256"]) == (row.account, row.sha256)
        assert len(peer.content(address.bucket, key)) == row.size_bytes
        assert row.rows == 1
    assert await room.work() == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refuses(404, "NoSuchBucket"), "some-bucket"),
        (refuses(403, "AccessDenied"), "some-bucket"),
        (refuses(403, "SignatureDoesNotMatch"), "some-bucket"),
        (refuses(503, "SlowDown"), "some-bucket"),
        (refuses(507, "InsufficientStorage"), "full"),
        (says(500, "<html>"), "some-bucket"),
        (says(302, location="http://169.254.169.254/"), "some-bucket"),
        (hangs, "some-bucket"),
        (hangs_up, "some-bucket"),
    ],
)
async def test_store_that_fails_is_told_of_and_tried_again(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, told: str
) -> None:
    monkeypatch.setattr(bucket_requests, "SECONDS", 0.3)
    async with a_store(answer) as store:
        room = await a_far_mailroom(db, tmp_path, store.address(), KEYS)
        [ended] = await room.work()
        room.now += BACK_OFF[0]
        await room.work()
    assert ended.startswith("QUEUED: ")
    row = await Delivery.get()
    assert (row.status, row.attempts, row.delivered_at) == ("RETRYING", 2, None)
    assert told in (row.failure or "")
    assert {asked.path.partition("?")[0].rpartition("/")[2] for asked in store.asked} == {
        row.file_name
    }
    everything = [
        *await Delivery.all().values(), *await Job.all().values(),
        *await AuditEntry.all().values(), *await Event.all().values(),
    ]  # fmt: skip
    assert KEYS.secret_access_key not in str(everything)
    assert KEYS.access_key_id not in str(everything)


async def test_credentials_that_do_not_hold_any_more_are_told_of(
    db: Database, tmp_path: Path, swift: Peer
) -> None:
    address = await swift.made()
    keys = Credentials(swift.credentials.access_key_id, "not-the-secret")
    room = await a_far_mailroom(db, tmp_path, address, keys)
    await room.work()
    row = await Delivery.get()
    assert (row.status, "not-the-secret" in str(row.failure)) == ("RETRYING", False)
    assert swift.names(address.bucket) == []


async def test_bucket_that_comes_back_gets_the_file(
    db: Database, tmp_path: Path, moto: Peer
) -> None:
    address = moto.address()
    room = await a_far_mailroom(db, tmp_path, address, moto.credentials)
    await room.work()
    assert (await Delivery.get()).status == "RETRYING"
    moto.client.create_bucket(Bucket=address.bucket)
    room.now += BACK_OFF[0]
    assert await room.work() == ["DONE"]
    assert len(moto.names(address.bucket)) == 2


async def test_another_file_of_that_name_stays_and_ours_takes_a_new_one(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(
        db, room.partner, [{"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}]
    )
    room.now = SEVENTH

    async def meddle(moment: str, key: str) -> None:
        path = room.bucket() / "bills" / key
        if moment == "before" and not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"somebody else's")

    room.weather = meddle
    await room.work()
    row = await Delivery.get()
    assert row.status == "RETRYING"
    assert "not overwritten" in (row.failure or "")
    assert set(room.there().objects.values()) == {b"somebody else's"}
    theirs, room.weather = room.there().objects, calm
    room.now += BACK_OFF[0]
    assert await room.work() == ["DONE"]
    assert theirs.items() <= room.there().objects.items()
    [ours] = room.there().manifests
    assert ours == f"bills/{(await Delivery.get()).file_name}"
    assert len(room.there().objects) == len(theirs) + 2


class FullFiles(LocalFiles):
    """Our own store, on a full disk."""

    def create(self, key: str, label: Label | None = None) -> NewFile:
        raise Unavailable("The file store is full.", ErrorCode.STORAGE_FULL)


async def test_full_disk_of_our_own_is_a_failure_and_no_torn_file(
    db: Database, tmp_path: Path
) -> None:
    room = await a_mailroom(db, tmp_path)
    await some_charges(
        db, room.partner, [{"kind": "SELF_USE", "cycle": "2026-04", "account": "100"}]
    )
    room.now, room.files = SEVENTH, FullFiles(tmp_path / "files")
    assert await room.work() == ["QUEUED: The file store is full."]
    assert (await Delivery.get()).failure == "The file store is full."
    assert room.there().objects == {}
    fine = Mailroom(db, tmp_path, room.partner, SEVENTH + BACK_OFF[0], nonces=room.nonces)
    assert await fine.work() == ["DONE"]
