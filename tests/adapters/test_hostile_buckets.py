"""Buckets whose stores do not do as they should: each failure has its code, its words, its end."""

import asyncio
from collections.abc import Sequence

import pytest

from models.adapters import bucket_requests, outgoing
from models.adapters.bucket_port import Content
from models.adapters.buckets import Buckets
from models.rules.errors import BillingError, Conflict, ErrorCode
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

NEAR = Buckets(allow_private=True)
BILL = Content.of(b"the bill")
ABSENT = refuses(404, "NoSuchKey")


async def put(store: HostileStore, content: Content = BILL, buckets: Buckets = NEAR) -> bool:
    async with buckets.open(store.address(), KEYS) as bucket:
        return await bucket.put_if_absent("bill.zip", content)


async def refused(store: HostileStore, content: Content = BILL) -> BillingError:
    with pytest.raises(BillingError) as caught:
        await put(store, content)
    said = f"{caught.value} {caught.value.__cause__}"
    assert KEYS.secret_access_key not in said
    assert "X-Amz" not in said
    return caught.value


ANSWERS = [
    (refuses(404, "NoSuchBucket"), ErrorCode.BUCKET_NOT_FOUND),
    (refuses(403, "AccessDenied"), ErrorCode.BUCKET_REFUSED),
    (refuses(403, "SignatureDoesNotMatch"), ErrorCode.BUCKET_REFUSED),
    (refuses(400, "ExpiredToken"), ErrorCode.BUCKET_REFUSED),
    (refuses(301, "PermanentRedirect"), ErrorCode.BUCKET_REFUSED),
    (refuses(403, "RequestTimeTooSkewed"), ErrorCode.BUCKET_UNAVAILABLE),
    (refuses(503, "SlowDown"), ErrorCode.BUCKET_UNAVAILABLE),
    (refuses(507, "InsufficientStorage"), ErrorCode.STORAGE_FULL),
    (refuses(403, "QuotaExceeded"), ErrorCode.STORAGE_FULL),
    (refuses(403, "<script>alert(1)</script>"), ErrorCode.BUCKET_REFUSED),
    (says(500, "<Error><Code>" + "x" * 200_000), ErrorCode.BUCKET_UNAVAILABLE),
    (says(204), ErrorCode.BUCKET_REFUSED),
    (babbles, ErrorCode.BUCKET_UNAVAILABLE),
    (hangs_up, ErrorCode.BUCKET_UNAVAILABLE),
]


@pytest.mark.parametrize(("answer", "code"), ANSWERS)
async def test_answer_to_the_first_look_is_told(answer: Answer, code: ErrorCode) -> None:
    async with a_store(answer) as store:
        error = await refused(store)
    assert error.code is code
    assert len(error.message) < 300
    assert "<" not in error.message
    assert store.methods == ["GET"]


@pytest.mark.parametrize(("answer", "code"), ANSWERS)
async def test_answer_to_the_put_is_told(answer: Answer, code: ErrorCode) -> None:
    async with a_store(ABSENT, answer) as store:
        assert (await refused(store)).code is code
    assert store.methods == ["GET", "PUT"]


LARGE = Content.of(b"x" * 1_000_000)
THERE = says(206, "x", content_range="bytes 0-0/1000000")


@pytest.mark.parametrize("answers", [(hangs,), (ABSENT, hangs), (THERE, hangs), (THERE, drips)])
async def test_slow_store_is_given_up(
    monkeypatch: pytest.MonkeyPatch, answers: Sequence[Answer]
) -> None:
    monkeypatch.setattr(bucket_requests, "SECONDS", 0.2)
    monkeypatch.setattr(bucket_requests, "SLOWEST_BYTES", 5_000_000)
    clock = asyncio.get_running_loop().time
    async with a_store(*answers) as store:
        started = clock()
        error = await refused(store, LARGE)
        assert clock() - started < 1
    assert error.code is ErrorCode.BUCKET_UNAVAILABLE
    assert "did not answer within" in error.message


async def test_store_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "STALL_SECONDS", 0.2)
    large = Content.of(b"x" * 30_000_000)
    async with a_store(ABSENT, hangs) as store:
        store.most, store.when_cut = 100_000, hangs
        assert (await refused(store, large)).code is ErrorCode.BUCKET_UNAVAILABLE


async def test_connection_cut_in_the_middle_is_told() -> None:
    async with a_store(ABSENT, says(200)) as store:
        store.most = 1_000_000
        error = await refused(store, Content.of(b"x" * 20_000_000))
    assert (error.code, "broke off" in error.message) == (ErrorCode.BUCKET_UNAVAILABLE, True)


async def test_store_that_is_not_there_is_told() -> None:
    async with a_store(says(200)) as store:
        pass
    error = await refused(store)
    assert error.code is ErrorCode.BUCKET_UNAVAILABLE
    assert "No connection to the store of bucket some-bucket" in error.message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect_is_followed_nowhere(status: int) -> None:
    async with a_store(says(200)) as other:
        for first in ((), (ABSENT,)):
            async with a_store(*first, says(status, location=other.url + "/x")) as store:
                assert (await refused(store)).code is ErrorCode.BUCKET_REFUSED
    assert other.asked == []


async def test_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_store(says(200)) as other, a_store(ABSENT, says(200)) as store:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "AWS_PROXY_URL", "AWS_ENDPOINT",
                     "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):  # fmt: skip
            monkeypatch.setenv(name, other.url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                     "AWS_REGION", "AWS_BUCKET", "AWS_ROLE_ARN"):  # fmt: skip
            monkeypatch.setenv(name, "from-the-environment")
        for name in ("AWS_SKIP_SIGNATURE", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "AWS_S3_EXPRESS",
                     "AWS_REQUEST_PAYER", "AWS_UNSIGNED_PAYLOAD"):  # fmt: skip
            monkeypatch.setenv(name, "true")
        assert await put(store)
    assert other.asked == []
    for asked in store.asked:
        assert asked.path.startswith("/some-bucket/bills/bill.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256")
        assert "X-Amz-Credential=someone%2F" in asked.path
        assert "%2Fus-east-1%2Fs3%2Faws4_request" in asked.path
        assert "environment" not in asked.path
        assert "Token" not in asked.path


async def test_store_without_conditions_is_asked_once_more_without() -> None:
    async with a_store(ABSENT, refuses(501, "NotImplemented"), says(200)) as store:
        assert await put(store)
    assert store.methods == ["GET", "PUT", "PUT"]
    assert [asked.headers.get("if-none-match") for asked in store.asked] == [None, "*", None]


async def test_store_that_overwrites_is_not_given_the_chance() -> None:
    there = says(206, "x", content_range="bytes 0-0/999")
    async with a_store(there, says(200)) as store:
        assert (await refused(store)).code is ErrorCode.FILE_DIFFERS
    assert store.methods == ["GET"]


async def test_endless_file_is_no_file_of_ours() -> None:
    there = says(206, "t", content_range="bytes 0-0/8")
    async with a_store(there, says(200, "x" * 1_000_000)) as store:
        assert (await refused(store)).code is ErrorCode.FILE_DIFFERS


async def test_file_that_is_claimed_to_be_huge_is_not_read_to_its_end() -> None:
    async with a_store(drips) as store, NEAR.open(store.address(), KEYS) as bucket:
        assert not await asyncio.wait_for(bucket.has("bill.zip", BILL), 5)


async def test_what_answers_alike_to_everything_is_no_store() -> None:
    async with a_store(says(200, "<html>Welcome!</html>")) as store:
        with pytest.raises(Conflict) as caught:
            async with NEAR.open(store.address(), KEYS) as bucket:
                await bucket.probe()
    assert caught.value.code is ErrorCode.BUCKET_REFUSED
    assert "does not keep what is put there" in caught.value.message


async def test_taken_name_is_told_on_creation() -> None:
    async with a_store(refuses(409, "BucketAlreadyExists")) as store:
        with pytest.raises(Conflict) as caught:
            await NEAR.create(store.address(), KEYS)
    assert caught.value.code is ErrorCode.BUCKET_EXISTS
    async with a_store(refuses(409, "BucketAlreadyOwnedByYou")) as store:
        await NEAR.create(store.address(), KEYS)
