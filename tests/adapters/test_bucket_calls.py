"""Which addresses are called for a bucket, and under which names (rule 20)."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from httpcore2 import AnyIOBackend

from models.adapters import resolving
from models.adapters.bucket_port import Content
from models.adapters.buckets import Buckets
from models.rules.buckets import BucketAddress
from models.rules.errors import BillingError, ErrorCode, Unavailable
from models.rules.storage_states import StorageProvider
from tests.adapters.certificates import Authority
from tests.peers.hostile import KEYS, HostileStore, a_store, refuses, says
from tests.receiver import trusting

ABSENT = refuses(404, "NoSuchKey")
BILL = Content.of(b"the bill")
Names = Callable[..., list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Makes names resolve to the given addresses, one for each time; the names asked for."""

    def resolve_to(*answers: str) -> list[str]:
        asked: list[str] = []

        def look_up(host: str, port: int | None, **_: object) -> list[object]:
            asked.append(host)
            address = answers[min(len(asked), len(answers)) - 1]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(resolving.socket, "getaddrinfo", look_up)
        return asked

    return resolve_to


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[HostileStore], list[tuple[str, int]]]:
    """Leads every connection to one store; the addresses and ports that were meant."""

    def lead_to(store: HostileStore) -> list[tuple[str, int]]:
        meant: list[tuple[str, int]] = []
        connect = AnyIOBackend.connect_tcp

        async def led(self: AnyIOBackend, host: str, port: int, **kwargs: Any) -> Any:
            meant.append((host, port))
            return await connect(self, "127.0.0.1", urlsplit(store.url).port, **kwargs)

        monkeypatch.setattr(AnyIOBackend, "connect_tcp", led)
        return meant

    return lead_to


def compatible(endpoint: str) -> BucketAddress:
    return BucketAddress(StorageProvider.S3_COMPATIBLE, endpoint, None, "some-bucket")


async def put(buckets: Buckets, address: BucketAddress) -> bool:
    async with buckets.open(address, KEYS) as bucket:
        return await bucket.put_if_absent("bill.zip", BILL)


async def refused(buckets: Buckets, address: BucketAddress) -> BillingError:
    with pytest.raises(BillingError) as caught:
        await put(buckets, address)
    with pytest.raises(BillingError) as uncreated:
        await buckets.create(address, KEYS)
    assert uncreated.value.code is caught.value.code
    return caught.value


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "169.254.169.254"]
)
async def test_address_that_is_not_public_is_never_called(host: str) -> None:
    async with a_store(says(200)) as store:
        port = urlsplit(store.url).port
        error = await refused(Buckets(), compatible(f"https://{host}:{port}"))
    assert (error.code, error.path) == (ErrorCode.ADDRESS_NOT_ALLOWED, ("endpoint",))
    assert store.asked == []


async def test_plain_http_is_for_development() -> None:
    async with a_store(says(200)) as store:
        error = await refused(Buckets(), store.address())
    assert (error.code, error.path) == (ErrorCode.INVALID_BUCKET, ("endpoint",))
    assert store.asked == []


async def test_name_is_asked_for_once_a_request_and_what_it_said_then_is_called(
    names: Names, calls: Any
) -> None:
    async with a_store(ABSENT, says(200)) as store:
        meant = calls(store)
        asked = names("8.8.8.8", "8.8.4.4", "127.0.0.1")
        await put(Buckets(allow_private=True), compatible("http://rebinding.example.com:9000"))
    assert asked == ["rebinding.example.com"] * 2
    assert meant == [("8.8.8.8", 9000), ("8.8.4.4", 9000)]


async def test_name_that_turns_private_between_requests_is_called_no_more(
    names: Names, calls: Any, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    buckets = Buckets(trust=trusting(authority.path))
    certificate = authority.certify("rebinding.example.com")
    async with a_store(ABSENT, says(200), certificate=certificate) as store:
        meant = calls(store)
        names("8.8.8.8", "10.0.0.1")
        with pytest.raises(BillingError) as caught:
            await put(buckets, compatible("https://rebinding.example.com"))
    assert caught.value.code is ErrorCode.ADDRESS_NOT_ALLOWED
    assert (meant, store.methods) == ([("8.8.8.8", 443)], ["GET"])


async def test_certificate_must_be_of_the_store(names: Names, calls: Any, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    names("8.8.8.8")
    async with a_store(says(200), certificate=authority.certify("other.example.com")) as store:
        calls(store)
        for buckets in (Buckets(trust=trusting(authority.path)), Buckets()):
            with pytest.raises(Unavailable, match="certificate does not hold") as caught:
                await put(buckets, compatible("https://store.example.com"))
            assert caught.value.code is ErrorCode.BUCKET_UNAVAILABLE
    assert store.asked == []


CLOUDS = [
    (StorageProvider.TENCENT_COS, "ap-guangzhou", "bills-1250000000",
     "bills-1250000000.cos.ap-guangzhou.myqcloud.com", "/a/bill.zip", ""),
    (StorageProvider.HUAWEI_OBS, "cn-north-4", "bills",
     "bills.obs.cn-north-4.myhuaweicloud.com", "/a/bill.zip", "cn-north-4"),
    (StorageProvider.AWS_S3, "us-east-1", "bills",
     "bills.s3.us-east-1.amazonaws.com", "/a/bill.zip", ""),
    (StorageProvider.AWS_S3, "cn-north-1", "bills",
     "bills.s3.cn-north-1.amazonaws.com.cn", "/a/bill.zip", "cn-north-1"),
    (StorageProvider.AWS_S3, "eu-central-1", "dotted.bills",
     "s3.eu-central-1.amazonaws.com", "/dotted.bills/a/bill.zip", "eu-central-1"),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "region", "bucket", "host", "path", "location"), CLOUDS)
async def test_cloud_is_called_under_its_own_host(
    names: Names, calls: Any, tmp_path: Path, provider: StorageProvider,
    region: str, bucket: str, host: str, path: str, location: str,
) -> None:  # fmt: skip
    authority = Authority(tmp_path)
    buckets = Buckets(trust=trusting(authority.path))
    address = BucketAddress(provider, None, region, bucket, "a")
    asked = names("8.8.8.8")
    async with a_store(ABSENT, says(200), certificate=authority.certify(host)) as store:
        meant = calls(store)
        assert await put(buckets, address)
        await buckets.create(address, KEYS)
    assert (set(asked), set(meant)) == ({host}, {("8.8.8.8", 443)})
    assert {request.headers["host"] for request in store.asked} == {host}
    assert [urlsplit(request.path).path for request in store.asked[:2]] == [path, path]
    assert f"%2F{region}%2Fs3%2F" in store.asked[0].path
    assert (store.asked[2].size > 0) == bool(location)
