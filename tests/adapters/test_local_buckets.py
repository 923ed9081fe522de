"""Buckets that are folders: whole files or none, never over another, and no way out."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from models.adapters.bucket_port import Bucket, Content
from models.adapters.buckets import Buckets
from models.rules.buckets import BucketAddress, Credentials
from models.rules.errors import (
    BillingError,
    Conflict,
    ErrorCode,
    InvalidInput,
    NotFound,
    Unavailable,
)
from models.rules.storage_states import StorageProvider

KEY = "acme-2026-10.zip"
BILL = Content.of(b"the bill")
ACME = BucketAddress(StorageProvider.LOCAL_FOLDER, None, None, "acme", "a/b")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The operator's folder, with one bucket in it."""
    (tmp_path / "buckets/acme").mkdir(parents=True)
    return tmp_path / "buckets"


@asynccontextmanager
async def opened(root: Path, address: BucketAddress = ACME) -> AsyncIterator[Bucket]:
    async with Buckets(local_root=root).open(address, None) as bucket:
        yield bucket


async def put(root: Path, content: Content = BILL, address: BucketAddress = ACME) -> bool:
    async with opened(root, address) as bucket:
        return await bucket.put_if_absent(KEY, content)


async def refused(root: Path, content: Content = BILL) -> BillingError:
    with pytest.raises(BillingError) as caught:
        await put(root, content)
    return caught.value


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


async def test_file_is_put_once_and_never_over_another(root: Path) -> None:
    assert await put(root)
    assert not await put(root)
    assert (await refused(root, Content.of(b"the b1ll"))).code is ErrorCode.FILE_DIFFERS
    assert (await refused(root, Content.of(b""))).code is ErrorCode.FILE_DIFFERS
    assert listed(root) == [f"acme/a/b/{KEY}"]
    assert (root / "acme/a/b" / KEY).read_bytes() == b"the bill"


async def test_one_of_twenty_different_files_at_once_wins(root: Path) -> None:
    puts = (put(root, Content.of(b"%d" % n)) for n in range(20))
    outcomes = await asyncio.gather(*puts, return_exceptions=True)
    [winner] = [n for n, outcome in enumerate(outcomes) if outcome is True]
    assert (root / "acme/a/b" / KEY).read_bytes() == b"%d" % winner
    lost = [each.code for each in outcomes if isinstance(each, BillingError)]
    assert lost == [ErrorCode.FILE_DIFFERS] * 19
    assert listed(root) == [f"acme/a/b/{KEY}"]


async def test_probe_leaves_nothing(root: Path) -> None:
    async with opened(root) as bucket:
        await bucket.probe()
        assert not await bucket.has(KEY, BILL)
        await bucket.remove("never-there.txt")
        with pytest.raises(NotFound):
            async with aclosing(bucket.read(KEY)) as there:
                await anext(there)
    assert listed(root) == []


async def test_folder_is_created_and_again_is_fine(root: Path) -> None:
    buckets, address = Buckets(local_root=root), replace(ACME, bucket="new")
    for _ in range(2):
        await buckets.create(address, None)
    assert await put(root, address=address)


async def test_folder_that_is_not_there_is_told(root: Path) -> None:
    (root / "acme").rmdir()
    error = await refused(root)
    assert (error.code, error.path) == (ErrorCode.BUCKET_NOT_FOUND, ("bucket",))
    assert listed(root) == []


async def test_without_the_setting_there_are_none(root: Path) -> None:
    with pytest.raises(InvalidInput, match="BILLS_LOCAL_BUCKETS") as caught:
        async with Buckets().open(ACME, None):
            pass
    assert (caught.value.code, caught.value.path) == (ErrorCode.INVALID_BUCKET, ("provider",))


async def test_folder_takes_no_credentials(root: Path) -> None:
    with pytest.raises(InvalidInput, match="takes no access key"):
        async with Buckets(local_root=root).open(ACME, Credentials("a", "b")):
            pass


@pytest.mark.parametrize("link", ["acme", "acme/a", "acme/a/b", f"acme/a/b/{KEY}"])
async def test_symbolic_link_leads_nowhere(root: Path, link: str) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / KEY).write_bytes(b"the bill")
    place = root / link
    if place == root / "acme":
        place.rmdir()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside / KEY if link.endswith("zip") else outside)
    assert (await refused(root)).code is ErrorCode.BUCKET_REFUSED
    assert listed(outside) == [KEY]


async def test_folder_that_is_a_file_is_told(root: Path) -> None:
    (root / "acme/a").write_text("")
    assert (await refused(root)).code is ErrorCode.BUCKET_REFUSED


async def test_full_disk_is_told_and_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = os.open

    def full(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        is_new = flags & os.O_EXCL
        made = device(path, flags, mode, dir_fd=dir_fd)
        if is_new:
            os.close(made)
            return device("/dev/full", os.O_WRONLY)
        return made

    monkeypatch.setattr(os, "open", full)
    assert (await refused(root)).code is ErrorCode.STORAGE_FULL
    assert listed(root) == []


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="there is no /sys")
async def test_folder_that_may_not_be_written_is_told() -> None:
    kernel = replace(ACME, bucket="kernel", prefix="")  # where not even root may
    with pytest.raises(Conflict, match="cannot be written") as caught:
        await put(Path("/sys"), address=kernel)
    assert caught.value.code is ErrorCode.BUCKET_REFUSED


async def test_file_that_changed_since_it_was_written_is_not_put(root: Path) -> None:
    error = await refused(root, replace(BILL, chunks=lambda: iter((b"the b1ll",))))
    assert isinstance(error, Unavailable)
    assert listed(root) == []


async def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(
    root: Path,
) -> None:
    folder = root / "acme/a/b"
    folder.mkdir(parents=True)
    (folder / f".{KEY}.dead.part").write_bytes(b"the")
    (folder / ".other.zip.dead.part").write_bytes(b"not ours")

    def slow() -> Iterator[bytes]:
        assert asyncio.run_coroutine_threadsafe(put(root), loop).result(5)
        yield b"the bill"

    loop = asyncio.get_running_loop()
    assert not await put(root, replace(BILL, chunks=slow))
    assert listed(root) == ["acme/a/b/.other.zip.dead.part", f"acme/a/b/{KEY}"]


@pytest.mark.parametrize("key", ["../x", "/x", "a//b", "", ".hidden", "a/../b", "a\x00b", "a b"])
async def test_key_that_is_none_is_a_bug(root: Path, key: str) -> None:
    async with opened(root) as bucket:
        with pytest.raises(ValueError, match="no key of ours"):
            await bucket.put_if_absent(key, BILL)


async def test_conflict_names_the_file_and_no_path(root: Path) -> None:
    await put(root)
    with pytest.raises(Conflict) as caught:
        await put(root, Content.of(b"other"))
    assert KEY in caught.value.message
    assert str(root) not in caught.value.message
