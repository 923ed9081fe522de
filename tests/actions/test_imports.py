"""Importing files: whole or not at all, each line once."""

import asyncio
import csv
import random
from decimal import Decimal
from pathlib import Path

import pytest

from models.actions.imports import ImportOptions, ImportOutcome, ImportResult, import_file
from models.adapters.database import Database
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.focus import RowProblem
from tests.actions.importing import (
    NOW,
    SECRET,
    a_file,
    a_registered_partner,
    charges,
    count,
    take,
)

BROKEN = {"BilledCost": "12,50", "ResourceId": "i-broken"}


async def test_import_writes_every_column_of_a_charge(db: Database, tmp_path: Path) -> None:
    partner = await a_registered_partner(db)
    result = await take(db, a_file(tmp_path / "one.csv", [{}]))
    assert result == ImportResult(ImportOutcome.IMPORTED, rows=1, added=1)
    d = db.dialect
    amounts = ", ".join(d.amount_text(name) for name in ("quantity", "list_amount", "amount"))
    instants = ", ".join(d.instant_text(n) for n in ("usage_start", "usage_end", "posted_at"))
    assert await charges(
        db,
        f"partner_id, cycle, origin_cycle, kind, currency, posting, account, {amounts}, {instants}",
    ) == [
        (
            *(partner, "2026-03", "2026-03", "RESELLER", "USD", 1, "2000", "1250", "15", "12.5"),
            *("2026-03-07T12:00:00.000000Z", "2026-03-07T13:00:00.000000Z"),
            "2026-06-01T02:03:04.567890Z",
        )
    ]
    assert await charges(
        db,
        "charge_type, category, market, product, region, resource, billing_mode, unit,"
        " description, transaction_ref, original_ref, occurrence, import_id",
    ) == [
        (
            *("EXPENDITURE", "Usage", "CLOUD", "Queue Service", "cn-north-4", "i-0001"),
            *("PAY_PER_USE", "Requests", "$0.01 per request", None, None, 1, 1),
        )
    ]


async def test_import_of_the_same_file_again_is_recognised(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "a.csv", [{}, {"ResourceId": "i-2"}])
    await take(db, path)
    copy = tmp_path / "another name.csv"
    copy.write_bytes(path.read_bytes())
    assert await take(db, copy) == ImportResult(ImportOutcome.KNOWN, rows=2, known=2)
    assert await count(db) == 2
    assert await count(db, "imports") == 1


async def test_import_of_the_same_lines_in_another_file_adds_nothing(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "a.csv", [{"ResourceId": f"i-{n}"} for n in range(20)])
    await take(db, path)
    other = _shuffled(path, tmp_path / "b.csv")
    assert await take(db, other) == ImportResult(ImportOutcome.IMPORTED, rows=20, known=20)
    assert await count(db) == 20


async def test_import_without_new_lines_keeps_the_last_posting(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db, "1000")
    await a_registered_partner(db, "3000")
    await take(db, a_file(tmp_path / "a.csv", [{}, {"BillingAccountId": "3000"}]))
    new = {"BillingAccountId": "3000", "ResourceId": "i-new"}
    await take(db, a_file(tmp_path / "b.csv", [{}, new]))
    rows = await db.fetch("SELECT last_posting FROM partners ORDER BY id")
    assert [row[0] for row in rows] == [1, 2]
    assert await charges(db, "posting") == [(1,), (1,), (2,)]


async def test_import_keeps_lines_that_are_truly_repeated(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    await take(db, a_file(tmp_path / "twice.csv", [{}, {"ResourceId": "i-2"}, {}]))
    assert sorted(await charges(db, "resource, occurrence")) == [
        ("i-0001", 1),
        ("i-0001", 2),
        ("i-2", 1),
    ]
    result = await take(db, a_file(tmp_path / "thrice.csv", [{}, {}, {}]))
    assert (result.added, result.known) == (1, 2)
    assert await count(db) == 4


async def test_import_refuses_a_file_with_one_broken_row(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "bad.csv", [{}, BROKEN, {"ResourceId": "i-3"}])
    result = await take(db, path)
    assert result.outcome is ImportOutcome.REFUSED
    assert (result.rows, result.added, result.rejected) == (3, 0, 1)
    assert await count(db) == 0
    assert await count(db, "imports") == 0
    assert await count(db, "customers") == 0


async def test_import_skips_bad_rows_when_told_to(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "bad.csv", [{}, BROKEN, {"ResourceId": "i-3"}])
    result = await take(db, path, skips_bad_rows=True)
    assert (result.outcome, result.added, result.rejected) == (ImportOutcome.IMPORTED, 2, 1)
    assert await charges(db, "resource") == [("i-0001",), ("i-3",)]
    again = await take(db, path, skips_bad_rows=True)
    assert (again.added, again.known, again.rejected) == (0, 2, 1)


async def test_import_skips_rows_that_are_no_text(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "bad.csv", [{"ResourceId": f"i-{n}"} for n in range(4)])
    content = path.read_bytes().replace(b"i-0", b"caf\xe9").replace(b"i-1", b"a\0b")
    path.write_bytes(content.replace(b"i-2", b"x" * 140_000))
    result = await take(db, path, skips_bad_rows=True)
    assert (result.added, result.rejected) == (1, 3)
    assert [problem.line for problem in result.problems] == [2, 3, 4]
    assert result.rejects is not None
    assert len(result.rejects.read_text().splitlines()) == 4
    assert await charges(db, "resource") == [("i-3",)]


async def test_import_refuses_an_unknown_billing_account(db: Database, tmp_path: Path) -> None:
    result = await take(db, a_file(tmp_path / "unknown.csv", [{}]))
    assert result.outcome is ImportOutcome.REFUSED
    assert result.problems == (
        RowProblem(2, "BillingAccountId", "'1000' is not a registered billing account"),
    )
    assert await count(db, "partners") == 0


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("RegionId", "r" * 200),
        ("ConsumedUnit", "单" * 100),
        ("ServiceName", "s" * 400),
        ("ResourceId", "云" * 1024),
        ("SubAccountId", "a" * 1024),
        ("BillingAccountId", "号" * 682),
    ],
)
async def test_import_takes_texts_up_to_their_limits(
    db: Database, tmp_path: Path, column: str, text: str
) -> None:
    rows = [{column: text}, {column: text + text[0]}]
    result = await take(
        db, a_file(tmp_path / "a.csv", rows), creates_missing=True, skips_bad_rows=True
    )
    assert result.added == 1
    assert [(problem.line, problem.column) for problem in result.problems] == [(3, column)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, ErrorCode.INVALID_FILE),
        (b"", ErrorCode.INVALID_FILE),
        (b"a,b\r\n1,2\r\n", ErrorCode.MISSING_COLUMN),
        (b"\x00\xff\xfe", ErrorCode.INVALID_FILE),
    ],
)
async def test_import_of_no_focus_file_is_one_clear_error(
    db: Database, tmp_path: Path, content: bytes | None, code: ErrorCode
) -> None:
    path = tmp_path / "what.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"what\.csv") as refused:
        await take(db, path)
    assert refused.value.code is code
    assert await count(db, "imports") == 0


async def test_import_of_a_damaged_end_stores_nothing(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "cut.csv", [{"ResourceId": f"i-{n}"} for n in range(50)])
    path.write_bytes(path.read_bytes() + b'"an open quote')
    with pytest.raises(InvalidInput):
        await take(db, path)
    assert await count(db) == 0


async def test_two_imports_of_one_file_at_once_add_each_line_once(
    db: Database, tmp_path: Path
) -> None:
    rows = [{"ResourceId": f"i-{n}", "SubAccountId": str(n % 7)} for n in range(300)]
    path = a_file(tmp_path / "a.csv", rows)
    results = await asyncio.gather(*(take(db, path, creates_missing=True) for _ in range(3)))
    assert sum(result.added for result in results) == 300
    assert await count(db) == 300
    assert await count(db, "partners") == 1
    assert await count(db, "customers") == 7


async def test_import_does_not_hold_up_other_verbs(db: Database, tmp_path: Path) -> None:
    partner = await a_registered_partner(db)
    path = a_file(tmp_path / "a.csv", [{"ResourceId": f"i-{n}"} for n in range(25_000)])
    running = asyncio.create_task(take(db, path))
    waits = 0
    while not running.done():
        await asyncio.wait_for(a_registered_partner(db, "1000"), 5)
        waits += 1
        await asyncio.sleep(0.01)
    assert (await running).added == 25_000
    assert waits > 5
    assert set(await charges(db, "partner_id")) == {(partner,)}


async def test_import_tells_progress_in_bytes(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    path = a_file(tmp_path / "a.csv", [{}])
    told: list[tuple[int, int]] = []
    await import_file(
        db, path, ImportOptions(SECRET), now=NOW, progress=lambda *step: told.append(step)
    )
    size = path.stat().st_size
    assert told == [(size, size)]


async def test_import_sums_amounts_exactly(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db)
    amounts = ["1e-18", "0.1", "0.2", "-0.3", "12345678901234567890.000000000000000001", "0"]
    await take(db, a_file(tmp_path / "a.csv", [{"BilledCost": amount} for amount in amounts]))
    d = db.dialect
    [row] = await db.fetch(f"SELECT {d.amount_text(d.sum('amount'))} FROM charges")
    assert Decimal(row[0]) == Decimal("12345678901234567890.000000000000000002")


def _shuffled(path: Path, target: Path) -> Path:
    """The same lines and columns, both in another order, and in another spelling."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    chance = random.Random(5)
    chance.shuffle(rows)
    columns = chance.sample(list(rows[0]), len(rows[0]))
    with target.open("w", newline="") as file:
        table = csv.DictWriter(file, columns, quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(rows)
    return target
