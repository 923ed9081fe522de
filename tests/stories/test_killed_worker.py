"""kill -9 of the only worker in the middle of its work: another one does it, once."""

import asyncio
import csv
import hashlib
import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from models.actions.cycles import next_posting
from models.actions.exports import request_export
from models.actions.locks import lock_partner
from models.actions.postings import Billable, mark_posted
from models.adapters.database import Database, Tx
from models.adapters.queue import open_bell
from models.rules.exports import ExportFormat, ExportOrder, ExportView
from models.rules.months import BillingMonth
from models.tables.bills import Bill, BillVersion
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from tests.builders import LONG_AGO, a_charge, a_customer, a_partner
from tests.exporting import TERMS, finance
from tests.stories.books import sigma
from tests.stories.processes import Installation, acts, issued, settled

CYCLE = "2024-05"
CHARGES = 150_000
CUSTOMERS = 20
SMALL_PARTNERS = 12
# Enough to be in the middle: reading the charges alone takes longer.
A_MOMENT_SECONDS = 0.1
EXPECTED = sigma(Decimal(10**11 + i).scaleb(-11) for i in range(1, CHARGES + 1))

_WAITING = """
SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE datname = current_database() AND relation = 'audit_entries'::regclass AND NOT granted"""
_CHARGES = """
INSERT INTO charges (partner_id, cycle, origin_cycle, kind, currency, posting, customer_id,
    charge_type, category, market, product, region, billing_mode, posted_at, amount, account, key,
    occurrence, checksum)
WITH RECURSIVE numbers (i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {charges})
SELECT {partner}, '{cycle}', '{cycle}', 'RESELLER', 'USD', {posting}, {customer} + i % {customers},
    'EXPENDITURE', 'Usage', 'CLOUD', 'Product ' || i % 7, 'region-' || i % 5, 'PAY_PER_USE', $1,
    {amount}, 'acme', CAST(CAST(100000000000 + i AS TEXT) AS {bytes}), 0, i
FROM numbers"""


async def a_large_partner(db: Database) -> int:
    """A partner with many charges; they come to EXPECTED."""
    partner = await a_partner(db)
    first = await a_customer(db, partner, "c0")
    for n in range(1, CUSTOMERS):
        await a_customer(db, partner, f"c{n}")
    is_sqlite = db.dialect.name == "sqlite"
    # 1.00000000001, 1.00000000002 …: on SQLite as text without trailing zeros.
    digits = "'1.' || substr(CAST(100000000000 + i AS TEXT), 2)"
    amount = f"rtrim({digits}, '0')" if is_sqlite else f"CAST({digits} AS NUMERIC)"

    async def write(tx: Tx) -> None:
        await lock_partner(tx, partner)
        posting = await next_posting(tx, partner)
        sql = _CHARGES.format(
            charges=CHARGES, customers=CUSTOMERS, partner=partner, customer=first, cycle=CYCLE,
            posting=posting, amount=amount, bytes="BLOB" if is_sqlite else "BYTEA",
        )  # fmt: skip
        await tx.execute(sql, LONG_AGO)
        await mark_posted(tx, partner, [Billable(CYCLE, "RESELLER", "USD")], posting=posting)

    await db.transact(write)
    return partner


async def the_job(db: Database, key: str) -> Any:
    rows = await db.fetch("SELECT status, run FROM jobs WHERE key LIKE $1", f"{key}%")
    return tuple(rows[0]) if rows else None


async def kill(worker: Process) -> None:
    worker.kill()
    await worker.wait()


async def running(db: Database, key: str) -> None:
    async with asyncio.timeout(60):
        while await the_job(db, key) != ("RUNNING", 1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def some_bytes(folder: Path, size: int) -> None:
    """Wait for a file to grow."""

    def largest() -> int:
        return max((path.stat().st_size for path in folder.rglob(".*.part")), default=0)

    async with asyncio.timeout(60):
        while largest() < size:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@asynccontextmanager
async def held_up(db: Database) -> AsyncIterator[None]:
    """PostgreSQL may be done before it is seen to have begun: it waits before a bill's last row."""
    if db.dialect.name == "sqlite":
        yield
        return
    is_held, is_over = asyncio.Event(), asyncio.Event()

    async def hold(tx: Tx) -> None:
        await tx.execute("LOCK TABLE audit_entries IN EXCLUSIVE MODE")
        is_held.set()
        await is_over.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(db.transact(hold))
        await is_held.wait()
        try:
            yield
        finally:
            is_over.set()


async def in_the_middle(db: Database) -> None:
    """Wait until what was begun has written something, and is not done."""
    if db.dialect.name == "sqlite":
        await asyncio.sleep(A_MOMENT_SECONDS)
        return
    async with asyncio.timeout(60):
        while not await db.fetch(_WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def kill_while_generating(db: Database, installation: Installation, partner: int) -> None:
    key = f"issue:{partner}:"
    async with held_up(db), installation.worker() as worker:
        await running(db, key)
        await in_the_middle(db)
        await kill(worker)
    assert await the_job(db, key) == ("RUNNING", 1)
    assert await Bill.filter(partner_id=partner).count() == 0
    assert await BillVersion.all().count() == await Bill.all().count()


async def test_generation_of_a_killed_worker_is_done_once(
    db: Database, installation: Installation
) -> None:
    partner = await a_large_partner(db)
    await kill_while_generating(db, installation, partner)
    for n in range(SMALL_PARTNERS):
        await a_charge(db, await a_partner(db, name=f"Small {n}"), f"{n}.5", cycle=CYCLE)
    async with installation.worker():
        await issued(db, bills=SMALL_PARTNERS + 1)
    bill = await Bill.get(partner_id=partner)
    version = await BillVersion.get(bill_id=bill.id)
    assert (version.number, version.charge_count, version.customer_count) == (
        1, CHARGES, CUSTOMERS,
    )  # fmt: skip
    assert version.expenditures == version.settlement == EXPECTED
    assert await acts(db, "ISSUE_BILL") == await BillVersion.all().count() == SMALL_PARTNERS + 1
    check_taken_over(await Job.get(key__startswith=f"issue:{partner}:"))
    said = [json.loads(line)["event"] for line in installation.log.read_text().splitlines()]
    assert (said.count("worker_started"), said.count("worker_stopped")) == (2, 1)


async def test_export_of_a_killed_worker_is_written_once(
    db: Database, installation: Installation
) -> None:
    partner = await a_large_partner(db)
    async with installation.worker() as worker, open_bell(installation.redis_url) as bell:
        await issued(db, bills=1)
        month = BillingMonth.parse(CYCLE)
        order = ExportOrder(month, month, ExportView.DETAILS, ExportFormat.CSV)
        asked = await db.transact(
            request_export, finance(partner), order=order, terms=TERMS, now=LONG_AGO
        )
        await bell.ring(asked.job_id)
        await some_bytes(installation.files, size=2_000_000)
        await kill(worker)
    assert (await ExportJob.get(id=asked.export_id)).status == "RUNNING"
    async with installation.worker():
        await settled(db)
    check_taken_over(await Job.get(id=asked.job_id))
    export = await ExportJob.get(id=asked.export_id)
    assert (export.status, export.rows_done, export.rows_total) == ("SUCCEEDED", CHARGES, CHARGES)
    assert await acts(db, "FINISH_EXPORT") == 1
    check_only_file(installation.files, export)


def check_taken_over(job: Job) -> None:
    """One run was killed; on a machine under load the short lease may have ended another one."""
    assert job.run == job.lost_runs + 1 >= 2
    assert job.failures == 0


def rows_in(place: Path) -> Iterator[dict[str, str]]:
    """The rows of all parts in a zip, whose last entry is the manifest."""
    with ZipFile(place) as archive:
        *parts, manifest = archive.namelist()
        assert (len(parts), manifest) == (2, "manifest.json")
        for part in parts:
            with archive.open(part) as entry:
                yield from csv.DictReader(TextIOWrapper(entry, "utf-8", newline=""))


def check_only_file(folder: Path, export: ExportJob) -> None:
    """The one file in the store is whole: its hash, its size, every charge once, the exact sum."""
    assert export.object_key
    [path] = [path for path in folder.rglob("*") if path.is_file()]
    assert path == folder / export.object_key
    content = path.read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (export.size_bytes, export.sha256)
    rows = [(row["charge"], row["settlement_amount"]) for row in rows_in(path)]
    assert len({charge for charge, _ in rows}) == len(rows) == CHARGES
    assert sigma(amount for _, amount in rows) == EXPECTED
