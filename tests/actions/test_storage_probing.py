"""A bucket is tried before anything is kept of it; one that does not do is told apart (R44)."""

import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.actions.storage import current_destination, opened
from models.actions.storage_enabling import Enabling, enable_storage
from models.actions.storage_probing import BucketWish, Prober
from models.adapters.buckets import Buckets, Content
from models.adapters.database import Database
from models.adapters.vault import Vault
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import BillingError, ErrorCode, Unavailable
from models.rules.storage_states import StorageProvider
from tests.peers.hostile import (
    KEYS,
    Answer,
    HostileStore,
    a_store,
    babbles,
    drips,
    hangs,
    hangs_up,
    refuses,
    says,
)
from tests.peers.stores import Peer
from tests.storing import NOW, VAULT, admin, enabled, granted

FOLDER = BucketAddress(StorageProvider.LOCAL_FOLDER, None, None, "bills", "2026")


def prober(partner: int = 7, root: Path | None = None, *, seconds: float = 20) -> Prober:
    return Prober(Buckets(True, root), VAULT, os.urandom, partner, seconds)


async def refused(by: Prober, wish: BucketWish) -> BillingError:
    with pytest.raises(BillingError) as error:
        await by.probed(wish, clock=lambda: NOW)
    return error.value


async def test_bucket_that_takes_a_file_is_as_it_was(peer: Peer) -> None:
    address = await peer.made()
    bucket = await prober().probed(BucketWish(address, peer.credentials), clock=lambda: NOW)
    assert (bucket.address, bucket.probed_at) == (address, NOW)
    assert peer.credentials.secret_access_key not in str(bucket)
    assert peer.credentials.access_key_id not in str(bucket)
    assert peer.names(address.bucket) == []


async def test_bucket_is_created_first_where_that_is_asked_for(peer: Peer) -> None:
    address = peer.address()
    missing = await refused(prober(), BucketWish(address, peer.credentials))
    assert missing.code is ErrorCode.BUCKET_NOT_FOUND
    wish = BucketWish(address, peer.credentials, is_new=True)
    await prober().probed(wish, clock=lambda: NOW)
    assert peer.names(address.bucket) == []


async def test_folders_of_two_partners_are_two_though_they_have_one_name(tmp_path: Path) -> None:
    for partner in (7, 8):
        wish = BucketWish(FOLDER, None, is_new=partner == 7)
        if partner == 8:
            missing = await refused(prober(8, tmp_path), wish)
            assert missing.code is ErrorCode.BUCKET_NOT_FOUND
        else:
            bucket = await prober(partner, tmp_path).probed(wish, clock=lambda: NOW)
            assert (bucket.sealed_credentials, bucket.access_key_hint) == (None, None)
    assert list(os.walk(tmp_path)) == [
        (str(tmp_path), ["prt_7"], []),
        (f"{tmp_path}/prt_7", ["bills"], []),
        (f"{tmp_path}/prt_7/bills", ["2026"], []),
        (f"{tmp_path}/prt_7/bills/2026", [], []),
    ]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refuses(403, "AccessDenied"), ErrorCode.BUCKET_REFUSED),
        (refuses(403, "SignatureDoesNotMatch"), ErrorCode.BUCKET_REFUSED),
        (refuses(404, "NoSuchBucket"), ErrorCode.BUCKET_NOT_FOUND),
        (refuses(500, "InternalError"), ErrorCode.BUCKET_UNAVAILABLE),
        (says(302, location="http://169.254.169.254/latest"), ErrorCode.BUCKET_REFUSED),
        (says(200, "hello"), ErrorCode.BUCKET_REFUSED),
        (babbles, ErrorCode.BUCKET_UNAVAILABLE),
        (hangs_up, ErrorCode.BUCKET_UNAVAILABLE),
        (hangs, ErrorCode.BUCKET_UNAVAILABLE),
        (drips, ErrorCode.BUCKET_REFUSED),
    ],
)
async def test_store_that_does_not_do_is_told_apart_in_time(
    answer: Answer, code: ErrorCode
) -> None:
    async with a_store(answer) as store:
        begun = time.monotonic()
        failed = await refused(prober(seconds=2), BucketWish(store.address(), KEYS))
        assert time.monotonic() - begun < 4
    assert failed.code is code
    assert not isinstance(failed, Unavailable)
    assert KEYS.secret_access_key not in failed.message


@pytest.fixture
async def store() -> AsyncIterator[HostileStore]:
    async with a_store(hangs_up) as listening:
        yield listening


async def test_nobody_is_called_for_what_cannot_be(store: HostileStore, tmp_path: Path) -> None:
    address = store.address()
    strict = Prober(Buckets(False), VAULT, os.urandom, 7)
    for by, wish, path in (
        (prober(), BucketWish(address, None), ("credentials",)),
        (prober(), BucketWish(address, Credentials("", "x")), ("credentials", "accessKeyId")),
        (prober(), BucketWish(address, Credentials("x", "é")), ("credentials", "secretAccessKey")),
        (prober(), BucketWish(replace(address, bucket="../x"), KEYS), ("bucket",)),
        (prober(), BucketWish(replace(address, prefix="a/../b"), KEYS), ("prefix",)),
        (prober(), BucketWish(FOLDER, None), ("provider",)),
        (prober(7, tmp_path), BucketWish(FOLDER, KEYS), ("credentials", "accessKeyId")),
        (strict, BucketWish(address, KEYS), ("endpoint",)),
    ):
        failed = await refused(by, wish)
        assert (failed.code, failed.path) == (ErrorCode.INVALID_BUCKET, path)
    named = replace(address, endpoint=f"https://127.0.0.1:{store.url.rpartition(':')[2]}")
    failed = await refused(strict, BucketWish(named, KEYS))
    assert failed.code is ErrorCode.ADDRESS_NOT_ALLOWED
    assert store.asked == []


async def test_opened_destination_takes_files(db: Database, swift: Peer, tmp_path: Path) -> None:
    address = await swift.made()
    for buckets, place in (
        (Buckets(True), BucketWish(address, swift.credentials)),
        (Buckets(True, tmp_path), BucketWish(FOLDER, None, is_new=True)),
    ):
        partner = await granted(db)
        by = Prober(buckets, VAULT, os.urandom, partner)
        bucket = await by.probed(place, clock=lambda: NOW)
        enabling = Enabling(partner, stores_customer_bills=False)
        await db.transact(enable_storage, admin(partner), enabling, bucket, now=NOW)
        row = await db.transact(current_destination, partner, at=NOW)
        assert row is not None
        async with opened(row, buckets, VAULT) as there:
            assert await there.put_if_absent("a.zip", Content.of(b"PK")) is True
            assert await there.put_if_absent("a.zip", Content.of(b"PK")) is False
    assert swift.content(address.bucket, "bills/a.zip") == b"PK"
    assert (tmp_path / f"prt_{partner}/bills/2026/a.zip").read_bytes() == b"PK"


async def test_destination_opens_for_its_partner_and_secret_only(db: Database) -> None:
    partner, other = await enabled(db), await enabled(db)
    row = await db.transact(current_destination, partner, at=NOW)
    assert row is not None
    with pytest.raises(Unavailable):
        opened(row, Buckets(), Vault("another secret"))
    row.partner_id = other
    with pytest.raises(Unavailable):
        opened(row, Buckets(), VAULT)
