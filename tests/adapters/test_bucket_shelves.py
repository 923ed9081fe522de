"""Files that others put in a bucket: moto and OpenStack Swift, and what is none."""

from collections.abc import Callable
from contextlib import closing

import pytest

from models.adapters.bucket_shelves import BucketShelf
from models.adapters.operators_stores import PIECE_BYTES
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import Conflict, ErrorCode, InvalidInput, NotFound
from tests.peers.stores import Peer

Put = Callable[..., None]


@pytest.fixture
async def place(peer: Peer) -> BucketAddress:
    """A bucket of each store."""
    return await peer.made("our/inbox")


@pytest.fixture
def shelf(peer: Peer, place: BucketAddress) -> BucketShelf:
    """What is below the prefix in it."""
    return BucketShelf(place, peer.credentials)


@pytest.fixture
def put(peer: Peer, place: BucketAddress) -> Put:
    """Puts an object there, by another client than ours."""

    def put(key: str, content: bytes = b"x") -> None:
        peer.client.put_object(Bucket=place.bucket, Key=key, Body=content)

    return put


NAMES = ["a b.csv", "deep/er/ä–漢字.csv", "50%25.csv", "a+b=c&d?.csv", "x#y~'\"<>.csv"]


def test_files_are_found_and_read_whatever_they_are_called(shelf: BucketShelf, put: Put) -> None:
    for name in NAMES:
        put(f"our/inbox/{name}", name.encode())
    put("our/elsewhere.csv")
    put("our/inbox-rejects/inb_1.csv")
    items = list(shelf.items())
    assert sorted(item.name for item in items) == sorted(NAMES)
    for item in items:
        with closing(shelf.open(item.name, 1000)) as file:
            assert file.read() == item.name.encode()
        assert shelf.tag(item.name) == item.tag
        assert (item.size, item.is_file, item.changed_at) == (len(item.name.encode()), True, None)


def test_what_begins_with_a_dot_is_not_there(shelf: BucketShelf, put: Put) -> None:
    for name in (".a.csv", ".hidden/a.csv", "b/.c.csv", "b/d.csv"):
        put(f"our/inbox/{name}")
    assert [item.name for item in shelf.items()] == ["b/d.csv"]


def test_more_than_a_page_of_files_is_listed(shelf: BucketShelf, put: Put, peer: Peer) -> None:
    if peer.region != "us-east-1":
        pytest.skip("one store is enough, and this one is quick")
    for number in range(1005):
        put(f"our/inbox/{number}.csv", b"")
    assert len(list(shelf.items())) == 1005


def test_large_file_is_read_only_so_far(shelf: BucketShelf, put: Put) -> None:
    content = bytes(range(250)) * (PIECE_BYTES // 100)
    put("our/inbox/a.csv", content)
    for most in (0, 10, PIECE_BYTES - 1, PIECE_BYTES, len(content), len(content) + 5):
        with closing(shelf.open("a.csv", most)) as file:
            assert file.read() == content[: most + 1]


def test_tag_changes_with_the_content(shelf: BucketShelf, put: Put) -> None:
    assert shelf.tag("a.csv") is None
    put("our/inbox/a.csv", b"1")
    first = shelf.tag("a.csv")
    put("our/inbox/a.csv", b"2")
    assert first != shelf.tag("a.csv") != None  # noqa: E711


def test_file_and_bucket_that_are_gone_are_told(
    peer: Peer, place: BucketAddress, shelf: BucketShelf
) -> None:
    with pytest.raises(NotFound, match=r"^There is no a\.csv\.$"):
        shelf.open("a.csv", 10)
    with pytest.raises(NotFound, match="it is not there"):
        list(BucketShelf(peer.address(), peer.credentials).items())


def test_wrong_credentials_are_told_without_them(swift: Peer) -> None:
    shelf = BucketShelf(swift.address(), Credentials("test:tester", "a-wrong-secret"))
    with pytest.raises(Conflict) as refused:
        list(shelf.items())
    assert refused.value.code is ErrorCode.BUCKET_REFUSED
    assert "wrong" not in refused.value.message


async def test_name_that_is_no_path_is_told(moto: Peer) -> None:
    place = await moto.made("inbox")
    moto.client.put_object(Bucket=place.bucket, Key="inbox/a//b.csv", Body=b"x")
    with pytest.raises(InvalidInput, match="whose name is no path"):
        list(BucketShelf(place, moto.credentials).items())
