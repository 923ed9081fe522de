"""Our own files in buckets of stores that nobody here wrote: moto and OpenStack Swift."""

import asyncio
import hashlib
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest

from models.adapters import operators_stores
from models.adapters.files import Entry, FileStore, Label, StoredFile
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import ErrorCode, NotFound, Unavailable
from tests.peers.hostile import KEYS, a_store, hangs, refuses, says
from tests.peers.places import open_place
from tests.peers.stores import Peer

KEY = "exports/exp_1/part-1.csv"
LABEL = Label("acme-2026-10.csv", "text/csv; charset=utf-8")
MINUTE = timedelta(minutes=1)
PART = 8 * 2**20


@pytest.fixture
async def place(peer: Peer) -> BucketAddress:
    """A bucket of each store."""
    return await peer.made("our/files")


@pytest.fixture
def files(peer: Peer, place: BucketAddress) -> FileStore:
    """The file store in it."""
    return open_place(peer.files_url(place), peer.credentials)


def put(files: FileStore, *parts: bytes, key: str = KEY) -> StoredFile:
    with closing(files.create(key, LABEL)) as file:
        for part in parts:
            file.write(part)
        return file.commit()


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART + 5])
def test_file_that_is_committed_is_there_whole(
    peer: Peer, place: BucketAddress, files: FileStore, size: int
) -> None:
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    stored = put(files, *(content[at : at + 700_001] for at in range(0, size, 700_001)))
    assert stored == StoredFile(size, hashlib.sha256(content).hexdigest())
    assert peer.content(place.bucket, f"our/files/{KEY}") == content
    assert b"".join(files.read(KEY, 0, size)) == content
    assert list(files.list()) == [Entry(KEY, size)]


def test_file_is_seen_by_nobody_before_it_is_committed(
    peer: Peer, place: BucketAddress, files: FileStore
) -> None:
    with closing(files.create(KEY)) as file:
        file.write(b"x" * 3 * PART)
        assert peer.names(place.bucket) == []
        with pytest.raises(NotFound):
            files.read(KEY, 0, 1)
    assert (peer.names(place.bucket), list(files.list())) == ([], [])
    uploads = peer.client.list_multipart_uploads(Bucket=place.bucket)
    assert uploads.get("Uploads", []) == []


@pytest.mark.parametrize(
    ("start", "stop", "part"),
    [(0, 3, b"012"), (3, 5, b"34"), (8, 99, b"89"), (5, 5, b""), (12, 99, b"")],
)
def test_part_of_a_file_is_read(files: FileStore, start: int, stop: int, part: bytes) -> None:
    put(files, b"0123456789")
    assert b"".join(files.read(KEY, start, stop)) == part


def test_file_is_replaced_by_one_written_again(files: FileStore) -> None:
    put(files, b"first")
    put(files, b"second")
    assert b"".join(files.read(KEY, 0, 99)) == b"second"


def test_removed_file_is_gone(files: FileStore) -> None:
    put(files, b"x")
    for _ in range(2):
        files.remove(KEY)
        with pytest.raises(NotFound):
            files.read(KEY, 0, 1)


def test_files_below_a_prefix_are_listed(files: FileStore) -> None:
    for key in ("exports/exp_1/a.csv", "exports/exp_11/a.csv", "invoices/b.pdf"):
        put(files, b"xy", key=key)
    assert list(files.list("exports/exp_1")) == [Entry("exports/exp_1/a.csv", 2)]
    assert {entry.key.split("/")[0] for entry in files.list()} == {"exports", "invoices"}


def test_link_gives_the_file_under_its_name(files: FileStore) -> None:
    put(files, b"the rows")
    link = files.link(KEY, MINUTE)
    assert link
    answer = httpx2.get(link)
    assert (answer.status_code, answer.content) == (200, b"the rows")
    assert answer.headers["content-disposition"] == 'attachment; filename="acme-2026-10.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    part = httpx2.get(link, headers={"range": "bytes=4-6"})
    assert (part.status_code, part.content) == (206, b"row")


async def test_link_that_was_tampered_with_or_expired_is_worth_nothing(swift: Peer) -> None:
    files = open_place(swift.files_url(await swift.made()), swift.credentials)
    put(files, b"the rows")
    put(files, b"others", key="exports/exp_2/part-1.csv")
    link, brief = files.link(KEY, MINUTE), files.link(KEY, timedelta(seconds=1))
    assert link
    assert brief
    tampered = [
        link.replace("exp_1", "exp_2"),
        link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        link.partition("?")[0],
    ]
    assert [httpx2.get(each).status_code for each in tampered] == [403, 403, 403, 400]
    assert httpx2.put(link, content=b"mine").status_code == 403
    await asyncio.sleep(2.1)
    assert httpx2.get(brief).status_code == 403
    assert httpx2.get(link).content == b"the rows"


async def test_wrong_secret_is_told_without_saying_it(swift: Peer) -> None:
    url = swift.files_url(await swift.made())
    files = open_place(url, Credentials("test:tester", "another-secret"))
    uses = (lambda: put(files, b"x"), lambda: put(files, b"x" * 2 * PART),
            lambda: files.read(KEY, 0, 1), lambda: list(files.list()))  # fmt: skip
    for use in uses:
        with pytest.raises(Unavailable, match="The file store does not work") as caught:
            use()
        assert "another-secret" not in caught.value.message
        assert urlsplit(swift.url).netloc not in caught.value.message
    assert "does not accept the access key" in caught.value.message


def test_bucket_that_is_not_there_is_told(peer: Peer) -> None:
    files = open_place(peer.files_url(peer.address()), peer.credentials)
    with pytest.raises(Unavailable, match="it is not there"):
        put(files, b"x")


async def test_redirect_leads_nowhere_and_environment_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_store(says(200)) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        for name in ("http_proxy", "all_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            monkeypatch.setenv(name, other.url)
        monkeypatch.setenv("AWS_SESSION_TOKEN", "from-the-environment")
        async with a_store(says(307, location=elsewhere)) as store:
            url = store.url.replace("http", "minio", 1) + "/some-bucket?tls=no"
            files = open_place(url, KEYS)
            for use in (lambda: put(files, b"x"), lambda: files.read(KEY, 0, 1)):
                with pytest.raises(Unavailable):
                    await asyncio.to_thread(use)
    assert other.asked == []
    assert {asked.headers.get("x-amz-security-token") for asked in store.asked} == {None}


async def test_full_store_and_silent_store_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators_stores, "_RETRIES", {"max_retries": 0})
    monkeypatch.setattr(operators_stores, "SECONDS", 0.3)
    full = refuses(403, "QuotaExceeded")
    for answer, code in ((full, ErrorCode.STORAGE_FULL), (hangs, ErrorCode.UNAVAILABLE)):
        async with a_store(answer) as store:
            files = open_place(store.url.replace("http", "minio", 1) + "/bucket?tls=no", KEYS)
            with pytest.raises(Unavailable) as caught:
                await asyncio.to_thread(put, files, b"x")
        assert caught.value.code is code
