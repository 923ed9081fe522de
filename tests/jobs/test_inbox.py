"""Files that others put in the inbox: each seen once, imported once, and told what became of it."""

import asyncio
import gzip
import os
from datetime import timedelta
from pathlib import Path

import pytest

from models.actions.inbox_endings import fail_inbox_file
from models.actions.jobs import ClaimedJob
from models.adapters.database import Database
from models.rules.errors import Unavailable
from models.rules.inbox import LONGEST_NAME
from models.rules.jobs import JobKind
from tests.actions.importing import NOW, a_file, a_registered_partner, count, take
from tests.jobs.inboxes import LATER, inbox, look, put, run_imports, services_for, settled


async def test_file_in_the_inbox_is_imported_and_stays_where_it_is(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    services, path = services_for(db, tmp_path), put(tmp_path, "a/May – Zoë.csv")
    before = path.read_bytes()
    assert await look(services) == 1
    assert await inbox(db) == [("a/May – Zoë.csv", "SEEN", None, None, None)]
    await run_imports(services)
    assert await inbox(db) == [("a/May – Zoë.csv", "IMPORTED", 1, 0, None)]
    assert await count(db) == 1
    assert path.read_bytes() == before
    assert not any((tmp_path / "making").iterdir())


async def test_its_name_stands_nowhere_else(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    put(tmp_path, "zoe.csv")
    await look(services)
    await run_imports(services)
    assert [row[0] for row in await db.fetch("SELECT file_name FROM imports")] == ["inb_1"]
    for table in ("jobs", "audit_entries"):
        assert "zoe" not in str([tuple(row) for row in await db.fetch(f"SELECT * FROM {table}")])


async def test_second_look_finds_nothing_new(db: Database, tmp_path: Path) -> None:
    services = services_for(db, tmp_path)
    put(tmp_path, "a.csv")
    assert [await look(services) for _ in range(3)] == [1, 0, 0]
    assert await count(db, "jobs") == 1


async def test_two_workers_that_look_at_once_see_a_file_once(db: Database, tmp_path: Path) -> None:
    services = services_for(db, tmp_path)
    for number in range(20):
        put(tmp_path, f"{number}.csv")
    assert sum(await asyncio.gather(*(look(services) for _ in range(4)))) == 20
    assert await count(db, "jobs") == await count(db, "inbox_files") == 20


async def test_file_that_came_before_changes_nothing(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    await take(db, a_file(tmp_path / "by-hand.csv", [{}]))
    put(tmp_path, "a.csv")
    await look(services)
    await run_imports(services)
    assert await inbox(db, "status, rows, import_id") == [("KNOWN", 1, None)]
    assert await count(db) == await count(db, "imports") == 1


async def test_file_that_is_put_there_anew_is_seen_anew(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    put(tmp_path, "a.csv")
    await look(services)
    await run_imports(services)
    settled(put(tmp_path, "a.csv", [{}, {"BilledCost": "7"}]), NOW + timedelta(minutes=1))
    assert await look(services) == 1
    await run_imports(services)
    assert await inbox(db, "status, rows") == [("IMPORTED", 1), ("IMPORTED", 2)]
    assert await count(db) == 2


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz", "a.parquet", "deep/er/a.csv"])
async def test_names_that_are_looked_at(name: str, db: Database, tmp_path: Path) -> None:
    put(tmp_path, name)
    assert await look(services_for(db, tmp_path)) == 1


@pytest.mark.parametrize(
    "name", ["a.txt", "a.csv.part", "csv", ".a.csv", ".hidden/a.csv", "a.xlsx", "a.csv.rejects.csv"]
)
async def test_names_that_are_not_looked_at(name: str, db: Database, tmp_path: Path) -> None:
    put(tmp_path, name)
    assert await look(services_for(db, tmp_path)) == 0


async def test_links_and_pipes_are_not_looked_at(db: Database, tmp_path: Path) -> None:
    outside = settled(a_file(tmp_path / "outside.csv", [{}]))
    place = put(tmp_path, "a.txt").parent
    (place / "link.csv").symlink_to(outside)
    (place / "folder").symlink_to(tmp_path)
    os.mkfifo(place / "pipe.csv")
    assert await look(services_for(db, tmp_path)) == 0


async def test_inbox_that_nobody_made_is_empty(db: Database, tmp_path: Path) -> None:
    assert await look(services_for(db, tmp_path)) == 0


async def test_file_that_is_being_written_is_waited_for(db: Database, tmp_path: Path) -> None:
    services, path = services_for(db, tmp_path), put(tmp_path, "a.csv")
    settled(path, LATER - timedelta(seconds=5))
    assert await look(services) == 0
    assert await look(services, LATER + timedelta(seconds=5)) == 1


async def test_file_of_a_wrong_clock_is_not_waited_for(db: Database, tmp_path: Path) -> None:
    settled(put(tmp_path, "a.csv"), LATER + timedelta(days=9000))
    assert await look(services_for(db, tmp_path)) == 1


async def test_broken_rows_refuse_a_file_and_are_listed(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    put(tmp_path, "a.csv", [{}, {"BilledCost": "x"}, {"BilledCost": "y"}])
    await look(services)
    await run_imports(services)
    [(_, status, rows, rejected, failure)] = await inbox(db)
    assert (status, rows, rejected) == ("REFUSED", 3, 2)
    assert failure.startswith("2 of 3 rows are broken, nothing was stored; the first: line 3, Bill")
    assert await count(db) == 0
    rejects = (tmp_path / "files" / "inbox-rejects" / "inb_1.csv").read_text().splitlines()
    assert [line.split(",")[:2] for line in rejects] == [
        ["line", "column"],
        ["3", "BilledCost"],
        ["4", "BilledCost"],
    ]


async def test_good_rows_are_taken_where_the_operator_said_so(db: Database, tmp_path: Path) -> None:
    services = services_for(db, tmp_path, inbox_skips_bad_rows=True, inbox_creates_missing=True)
    put(tmp_path, "a.csv", [{}, {"BilledCost": "x"}])
    await look(services)
    await run_imports(services)
    assert await inbox(db, "status, rows, rejected, failure") == [("IMPORTED", 2, 1, None)]
    assert await count(db) == await count(db, "partners") == 1
    assert (tmp_path / "files" / "inbox-rejects" / "inb_1.csv").exists()


async def test_unknown_account_refuses_a_file(db: Database, tmp_path: Path) -> None:
    services = services_for(db, tmp_path)
    put(tmp_path, "a.csv")
    await look(services)
    await run_imports(services)
    [(status, failure)] = await inbox(db, "status, failure")
    assert status == "REFUSED"
    assert "is not a registered billing account" in failure
    assert await count(db, "partners") == 0


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"", "inb_1: the file is empty."),
        (b"\0" * 100, "inb_1, line 1: it contains a NUL byte, so it is not text."),
        (b"a,b\n1,2\n", "inb_1: "),
        (
            gzip.compress(b"x" * 999, mtime=0)[:-9],
            "inb_1, line 1: the compressed data ends too early.",
        ),
        (b"PAR1 and nothing else", "inb_1, at row 2 or after: "),
    ],
    ids=["empty", "not text", "other columns", "cut gzip", "not Parquet"],
)
async def test_file_that_is_no_focus_file_is_refused(
    content: bytes, failure: str, db: Database, tmp_path: Path
) -> None:
    services, path = services_for(db, tmp_path), put(tmp_path, "a.csv")
    path.write_bytes(content)
    settled(path)
    await look(services)
    await run_imports(services)
    [(status, said)] = await inbox(db, "status, failure")
    assert (status, said[: len(failure)]) == ("REFUSED", failure)
    assert await count(db) == 0


async def test_giant_file_is_refused_unread(db: Database, tmp_path: Path) -> None:
    services, path = services_for(db, tmp_path, inbox_bytes=1000), put(tmp_path, "a.csv")
    with path.open("wb") as file:
        file.truncate(10**12)
    settled(path)
    assert await look(services) == 0
    assert await inbox(db, "status, failure") == [
        ("REFUSED", "It has 1,000,000,000,000 bytes; at most 1,000 are taken (BILLS_INBOX_BYTES).")
    ]
    assert await count(db, "jobs") == 0


async def test_name_that_cannot_be_kept_is_refused_once(db: Database, tmp_path: Path) -> None:
    services = services_for(db, tmp_path)
    put(tmp_path, os.fsdecode(b"\xff\xfe.csv"))
    put(tmp_path, "x" * 200 + "/" + "y" * (LONGEST_NAME - 200) + "/" + "z.csv")
    assert [await look(services) for _ in range(2)] == [0, 0]
    for name, status, _, _, failure in await inbox(db):
        assert name.startswith("(sha256 ")
        assert (status, failure) == (
            "REFUSED",
            "Its name is not UTF-8, or longer than 400 characters: rename it.",
        )
    assert await count(db, "inbox_files") == 2


@pytest.mark.parametrize("change", ["changed", "gone", "link", "folder"])
async def test_file_that_is_another_one_by_then_is_not_imported(
    change: str, db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    services, path = services_for(db, tmp_path), put(tmp_path, "a.csv")
    await look(services)
    path.unlink()
    match change:
        case "changed":
            put(tmp_path, "a.csv", [{}, {"BilledCost": "7"}])
        case "link":
            path.symlink_to(settled(a_file(tmp_path / "outside.csv", [{}])))
        case "folder":
            path.mkdir()
    await run_imports(services)
    [(status, failure)] = await inbox(db, "status, failure")
    assert status == "FAILED"
    assert failure.startswith("It was changed or taken away before it was imported")
    assert await count(db) == 0
    assert await look(services) == (1 if change == "changed" else 0)


async def test_worker_that_was_killed_after_the_import_leaves_it_to_be_told(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    services, path = services_for(db, tmp_path), put(tmp_path, "a.csv")
    await look(services)
    copy = tmp_path / "making" / "inb_1-run-0" / "inb_1"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path.read_bytes())
    await take(db, copy)
    await run_imports(services)
    assert await inbox(db, "status, rows, import_id") == [("IMPORTED", 1, 1)]
    assert await count(db) == await count(db, "imports") == 1


async def test_file_that_may_not_be_read_is_tried_again(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    put(tmp_path, "zoe.csv")
    await look(services)

    def refused(*_: object) -> object:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("models.adapters.folder_shelves.os.fdopen", refused)
        with pytest.raises(Unavailable, match=r"^The file may not be read\.$"):
            await run_imports(services)
    assert await inbox(db, "status") == [("SEEN",)]


async def test_job_that_was_given_up_says_so_and_may_run_again(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    services = services_for(db, tmp_path)
    put(tmp_path, "a.csv")
    await look(services)
    job = ClaimedJob(1, JobKind.IMPORT_FILE, {"inbox_file_id": 1}, "w", 1, 0, 0)
    await db.transact(fail_inbox_file, job, "UNAVAILABLE: The file may not be read.", LATER)
    assert await inbox(db, "status, failure") == [("FAILED", "The file may not be read.")]
    await run_imports(services)
    assert await inbox(db, "status, failure") == [("IMPORTED", None)]
