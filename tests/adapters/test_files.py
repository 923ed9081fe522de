"""The file store: whole files or none, and no way out of it."""

import hashlib
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from models.adapters.files import CHUNK_BYTES, Entry, LocalFiles, StoredFile
from models.rules.errors import ErrorCode, NotFound, Unavailable

KEY = "exports/exp_1/run-1.csv"


def put(files: LocalFiles, *parts: bytes, key: str = KEY) -> StoredFile:
    with closing(files.create(key)) as file:
        for part in parts:
            file.write(part)
        return file.commit()


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_file_that_is_committed_is_there_whole(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "new")
    stored = put(files, b"one,", b"", b"two")
    assert stored == StoredFile(7, hashlib.sha256(b"one,two").hexdigest())
    assert b"".join(files.read(KEY, 0, 7)) == b"one,two"
    assert listed(tmp_path) == [f"new/{KEY}"]


def test_file_that_is_not_committed_is_gone(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    with pytest.raises(LookupError), closing(files.create(KEY)) as file:
        file.write(b"half of it")
        assert listed(tmp_path) == ["exports/exp_1/.run-1.csv.part"]
        raise LookupError
    assert listed(tmp_path) == []


def test_file_being_written_cannot_be_read(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    with closing(files.create(KEY)) as file:
        file.write(b"half of it")
        with pytest.raises(NotFound):
            files.read(KEY, 0, 1)


@pytest.mark.parametrize(
    ("start", "stop", "part"), [(0, 3, b"012"), (3, 5, b"34"), (8, 99, b"89"), (5, 5, b"")]
)
def test_part_of_a_file_is_read(tmp_path: Path, start: int, stop: int, part: bytes) -> None:
    files = LocalFiles(tmp_path)
    put(files, b"0123456789")
    assert b"".join(files.read(KEY, start, stop)) == part


def test_large_file_is_read_in_pieces(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    put(files, b"x" * (CHUNK_BYTES + 1))
    assert [len(piece) for piece in files.read(KEY, 0, 1 << 40)] == [CHUNK_BYTES, 1]


def test_removed_file_is_gone_with_what_was_begun(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    put(files, b"x")
    with closing(files.create(KEY)) as zombie:
        files.remove(KEY)
        assert listed(tmp_path) == []
        zombie.write(b"y")
        with pytest.raises(FileNotFoundError):
            zombie.commit()
    assert listed(tmp_path) == []
    files.remove(KEY)


@pytest.mark.parametrize("last", [b"z", b"z" * 1_000_000])
def test_full_disk_is_told_and_leaves_nothing(tmp_path: Path, last: bytes) -> None:
    files = LocalFiles(tmp_path)
    begun = tmp_path / "exports/exp_1/.run-1.csv.part"
    begun.parent.mkdir(parents=True)
    begun.symlink_to("/dev/full")
    with pytest.raises(Unavailable) as refused:
        put(files, last)
    assert refused.value.code is ErrorCode.STORAGE_FULL
    assert listed(tmp_path) == []


def test_files_below_a_folder_are_listed(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "files")
    assert list(files.list()) == []
    for key in ("exports/exp_1/a.csv", "exports/exp_11/a.csv", "invoices/b.pdf"):
        put(files, b"xy", key=key)
    (tmp_path / "files/exports/exp_1/link.csv").symlink_to("/etc/passwd")
    with closing(files.create("exports/exp_1/begun.csv")):
        assert list(files.list("exports/exp_1")) == [Entry("exports/exp_1/a.csv", 2)]
        assert len(list(files.list())) == 3


def test_folder_has_no_links_of_its_own(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    put(files, b"x")
    assert files.link(KEY, timedelta(minutes=1)) is None


KEYS: Iterable[str] = [
    "", "/etc/passwd", "../secret", "exports/../../secret", "exports/..", ".hidden", "a//b", "a/",
    "exports/.run-1.csv.part", "a\\b", "a\x00b", "a\nb", "A", "ａ", "a b", "c:/x",
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_key_that_could_lead_elsewhere_is_refused(tmp_path: Path, key: str) -> None:
    files = LocalFiles(tmp_path)
    for use in (files.create, files.remove, lambda k: files.read(k, 0, 1)):
        with pytest.raises(ValueError, match="no key of ours"):
            use(key)
    assert listed(tmp_path) == []
