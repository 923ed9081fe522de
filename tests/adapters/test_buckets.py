"""Buckets in stores that nobody here wrote: moto and OpenStack Swift."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from models.adapters.bucket_port import Bucket, Content
from models.adapters.buckets import Buckets
from models.adapters.files import StoredFile
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import BillingError, Conflict, ErrorCode, NotFound, Unavailable
from tests.peers.stores import Peer

NEAR = Buckets(allow_private=True)
KEY = "1000-2026-10/acme-2026-10--by_used_time.zip"
BILL = Content.of(b"the bill", "application/zip")


async def whole(bucket: Bucket, key: str) -> bytes:
    async with aclosing(bucket.read(key)) as there:
        return b"".join([chunk async for chunk in there])


async def refused(
    peer: Peer, address: BucketAddress, credentials: Credentials | None = None
) -> BillingError:
    with pytest.raises(BillingError) as caught:
        async with NEAR.open(address, credentials or peer.credentials) as bucket:
            await bucket.probe()
    assert peer.credentials.secret_access_key not in str(caught.value)
    return caught.value


async def test_file_is_put_under_the_prefix_with_its_type(peer: Peer) -> None:
    address = await peer.made("a/b")
    async with NEAR.open(address, peer.credentials) as bucket:
        assert await bucket.put_if_absent(KEY, BILL)
        assert await whole(bucket, KEY) == b"the bill"
    assert peer.names(address.bucket) == [f"a/b/{KEY}"]
    assert peer.content(address.bucket, f"a/b/{KEY}") == b"the bill"
    said = peer.client.head_object(Bucket=address.bucket, Key=f"a/b/{KEY}")
    assert said["ContentType"] == "application/zip"


async def test_same_file_is_not_put_twice_and_another_never_over_it(peer: Peer) -> None:
    address = await peer.made()
    async with NEAR.open(address, peer.credentials) as bucket:
        assert await bucket.put_if_absent(KEY, BILL)
        assert not await bucket.put_if_absent(KEY, BILL)
        for other in (b"the b1ll", b"", b"the bill and more"):
            with pytest.raises(Conflict) as differs:
                await bucket.put_if_absent(KEY, Content.of(other))
            assert differs.value.code is ErrorCode.FILE_DIFFERS
    assert peer.content(address.bucket, f"bills/{KEY}") == b"the bill"


async def test_empty_file_is_a_file(peer: Peer) -> None:
    address = await peer.made()
    async with NEAR.open(address, peer.credentials) as bucket:
        assert await bucket.put_if_absent(KEY, Content.of(b""))
        assert not await bucket.put_if_absent(KEY, Content.of(b""))
        assert await whole(bucket, KEY) == b""
        with pytest.raises(Conflict):
            await bucket.put_if_absent(KEY, BILL)


async def test_one_of_twenty_puts_at_once_wins(moto: Peer) -> None:
    address = await moto.made()
    async with NEAR.open(address, moto.credentials) as bucket:
        puts = (bucket.put_if_absent(KEY, BILL) for _ in range(20))
        assert sorted(await asyncio.gather(*puts)) == [False] * 19 + [True]
    assert moto.names(address.bucket) == [f"bills/{KEY}"]


async def test_one_of_twenty_different_files_at_once_wins(moto: Peer) -> None:
    address = await moto.made()
    async with NEAR.open(address, moto.credentials) as bucket:
        puts = (bucket.put_if_absent(KEY, Content.of(b"%d" % n)) for n in range(20))
        outcomes = await asyncio.gather(*puts, return_exceptions=True)
    [winner] = [n for n, outcome in enumerate(outcomes) if outcome is True]
    assert moto.content(address.bucket, f"bills/{KEY}") == b"%d" % winner
    lost = [each.code for each in outcomes if isinstance(each, BillingError)]
    assert lost == [ErrorCode.FILE_DIFFERS] * 19


async def test_probe_leaves_nothing(peer: Peer) -> None:
    address = await peer.made()
    async with NEAR.open(address, peer.credentials) as bucket:
        await bucket.probe()
        await bucket.remove("never-there.txt")
    assert peer.names(address.bucket) == []


async def test_file_that_is_not_there_is_not_found(peer: Peer) -> None:
    address = await peer.made()
    async with NEAR.open(address, peer.credentials) as bucket:
        with pytest.raises(NotFound) as missing:
            await whole(bucket, KEY)
    assert missing.value.code is ErrorCode.NOT_FOUND


async def test_content_is_known_or_not(peer: Peer) -> None:
    address = await peer.made()
    async with NEAR.open(address, peer.credentials) as bucket:
        assert not await bucket.has(KEY, BILL)
        await bucket.put_if_absent(KEY, BILL)
        assert await bucket.has(KEY, BILL)
        assert not await bucket.has(KEY, Content.of(b"the b1ll"))
    async with NEAR.open(peer.address(), peer.credentials) as nowhere:
        with pytest.raises(NotFound) as missing:
            await nowhere.has(KEY, BILL)
    assert missing.value.code is ErrorCode.BUCKET_NOT_FOUND


async def test_file_that_no_store_takes_is_refused(moto: Peer) -> None:
    large = replace(BILL, file=StoredFile(5 * 2**30 + 1, "0" * 64))
    async with NEAR.open(await moto.made(), moto.credentials) as bucket:
        with pytest.raises(Conflict, match="5 GiB"):
            await bucket.put_if_absent(KEY, large)


async def test_bucket_that_is_not_there_is_told(peer: Peer) -> None:
    error = await refused(peer, peer.address())
    assert (error.code, error.path) == (ErrorCode.BUCKET_NOT_FOUND, ("bucket",))
    assert "create it" in error.message


async def test_bucket_is_created_once_and_again_is_fine(peer: Peer) -> None:
    address = await peer.made()
    await NEAR.create(address, peer.credentials)
    assert address.bucket in [each["Name"] for each in peer.client.list_buckets()["Buckets"]]


@pytest.mark.parametrize(
    "credentials",
    [Credentials("test:tester", "another-secret"), Credentials("test:nobody", "testing-secret")],
)
async def test_wrong_credentials_are_refused(swift: Peer, credentials: Credentials) -> None:
    error = await refused(swift, await swift.made(), credentials)
    assert error.code is ErrorCode.BUCKET_REFUSED
    assert "does not accept the access key" in error.message
    with pytest.raises(Conflict) as caught:
        await NEAR.create(swift.address(), credentials)
    assert caught.value.code is ErrorCode.BUCKET_REFUSED


async def test_wrong_region_is_told(swift: Peer) -> None:
    error = await refused(swift, replace(await swift.made(), region="eu-north-8"))
    assert error.code is ErrorCode.BUCKET_REFUSED
    assert "another region" in error.message


async def test_file_that_changed_since_it_was_written_is_not_put(peer: Peer) -> None:
    address = await peer.made()
    tampered = replace(BILL, chunks=lambda: iter((b"the ", b"b1ll")))
    short = replace(BILL, chunks=lambda: iter((b"the ",)))
    async with NEAR.open(address, peer.credentials) as bucket:
        for content in (tampered, short):
            with pytest.raises(Unavailable, match="not what it was"):
                await bucket.put_if_absent(KEY, content)
    assert peer.names(address.bucket) == []


async def test_put_that_is_called_off_leaves_nothing(peer: Peer) -> None:
    address = await peer.made()
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def chunks():
        yield b"the "
        yield b"bi"
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.3), loop).result(5)
        yield b"ll"

    async with NEAR.open(address, peer.credentials) as bucket:
        put = asyncio.create_task(bucket.put_if_absent(KEY, replace(BILL, chunks=chunks)))
        await begun.wait()
        put.cancel()
        await asyncio.gather(put, return_exceptions=True)
        assert put.cancelled()
        assert peer.names(address.bucket) == []
        assert await bucket.put_if_absent(KEY, BILL)
