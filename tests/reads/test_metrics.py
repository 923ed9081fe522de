"""How the business stands, in figures: what is not done."""

from datetime import timedelta
from typing import Any

from models.actions.bills import issue_bills
from models.actions.workers import sign_in, sign_out
from models.adapters.database import Database, Tx
from models.reads.metrics import Standing, read_standing
from models.rules.jobs import JobKind, JobStatus
from models.tables.deliveries import Delivery
from models.tables.exports import ExportJob
from models.tables.jobs import Job
from models.tables.payments import Payment
from tests.api.client import NOW
from tests.builders import LONG_AGO, a_charge, a_partner

HOUR = timedelta(hours=1)


async def write(db: Database, *rows: Any) -> None:
    async def save(tx: Tx) -> None:
        for row in rows:
            await row.save(using_db=tx.client)

    await db.transact(save)


def a_job(status: str, key: str, **changes: Any) -> Job:
    values = {"kind": "EXPORT", "arguments": {}, "run_at": NOW, "created_at": LONG_AGO}
    return Job(status=status, key=key, **values | changes)


def a_payment(partner: int, status: str, **changes: Any) -> Payment:
    values: dict[str, Any] = {"currency": "USD", "amount": 1, "paid_at": NOW, "paid_by": "ann"}
    return Payment(partner_id=partner, status=status, **values | changes)


def a_delivery(partner: int, status: str, key: str) -> Delivery:
    return Delivery(
        partner_id=partner, kind="DAILY", key=key, account="a", cycle="2026-10",
        first_day=NOW.date(), last_day=NOW.date(), due_at=NOW, status=status,
        is_provisional=True, created_at=NOW,
    )  # fmt: skip


def an_export(partner: int, status: str) -> ExportJob:
    return ExportJob(
        partner_id=partner, requested_by="ann", requested_at=NOW, first_cycle="2026-10",
        last_cycle="2026-10", view="DETAILS", format="CSV", version_ids=[], status=status,
    )  # fmt: skip


async def test_nothing_stands_out_of_an_empty_database(db: Database) -> None:
    assert await read_standing(db, now=NOW) == Standing()


async def test_jobs_are_counted_by_kind_and_status_unless_done(db: Database) -> None:
    await write(
        db,
        a_job("QUEUED", "a", run_at=NOW - 2 * HOUR),
        a_job("QUEUED", "b", run_at=NOW + HOUR),
        a_job("RUNNING", "c", kind="DELIVER", run_at=NOW - 9 * HOUR),
        a_job("PARKED", "d", kind="DELIVER", run_at=NOW - 9 * HOUR),
        a_job("DONE", "e", run_at=NOW - 9 * HOUR),
    )
    standing = await read_standing(db, now=NOW)
    assert {key: n for key, n in standing.jobs.items() if n} == {
        (JobKind.EXPORT, JobStatus.QUEUED): 2,
        (JobKind.DELIVER, JobStatus.RUNNING): 1,
        (JobKind.DELIVER, JobStatus.PARKED): 1,
    }
    assert standing.oldest_queued_job == 7200


async def test_job_waits_since_it_is_there_however_long_it_is_due(db: Database) -> None:
    late = a_job("QUEUED", "a", run_at=LONG_AGO, created_at=NOW - timedelta(minutes=1))
    await write(db, late)
    assert (await read_standing(db, now=NOW)).oldest_queued_job == 60


async def test_job_of_the_future_does_not_wait(db: Database) -> None:
    await write(db, a_job("QUEUED", "b", run_at=NOW + HOUR))
    assert (await read_standing(db, now=NOW)).oldest_queued_job == 0


async def test_payments_deliveries_and_exports_are_counted_unless_done(db: Database) -> None:
    partner = await a_partner(db)
    await write(
        db,
        a_payment(partner, "SUCCEEDED", gateway_ref="p1", paid_at=LONG_AGO),
        a_payment(partner, "UNKNOWN", gateway_ref="p2", paid_at=NOW - HOUR),
        a_payment(partner, "UNKNOWN", gateway_ref="p3"),
        a_payment(partner, "PENDING", gateway_ref="p4", paid_at=NOW - 5 * HOUR),
        a_delivery(partner, "DELIVERED", "d1"),
        a_delivery(partner, "FAILED", "d2"),
        an_export(partner, "SUCCEEDED"),
        an_export(partner, "RUNNING"),
    )
    standing = await read_standing(db, now=NOW)
    counted = {
        what: {k: n for k, n in each.items() if n} for what, each in standing.by_status.items()
    }
    assert counted == {
        "payments": {"UNKNOWN": 2, "PENDING": 1},
        "deliveries": {"FAILED": 1},
        "exports": {"RUNNING": 1},
    }
    assert standing.oldest_unknown_payment == 3600


async def test_bill_issued_after_its_deadline_stays_counted(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner, cycle="2026-09")
    assert (await read_standing(db, now=NOW)).unissued == {False: 0, True: 1}
    await db.transact(issue_bills, partner_id=partner, cycle="2026-09", now=NOW)
    standing = await read_standing(db, now=NOW)
    assert (standing.unissued, standing.issued_late) == ({False: 0, True: 0}, 1)


async def test_partner_of_no_known_time_zone_is_late(db: Database) -> None:
    partner = await a_partner(db, time_zone="Mars/Olympus")
    await a_charge(db, partner, cycle="2026-11")
    assert (await read_standing(db, now=NOW)).unissued == {False: 0, True: 1}


async def test_workers_live_as_long_as_they_show_it(db: Database) -> None:
    for owner, at in (("ann", NOW), ("bob", NOW - timedelta(seconds=59)), ("cy", NOW - HOUR)):
        await db.transact(sign_in, owner, now=at)
    assert (await read_standing(db, now=NOW)).workers == 2
    await db.transact(sign_out, "bob")
    await db.transact(sign_in, "ann", now=NOW + HOUR)
    assert (await read_standing(db, now=NOW + HOUR)).workers == 1
    await db.transact(sign_in, "ann", now=NOW + timedelta(days=2))
    rows = await db.fetch("SELECT owner FROM worker_signs")
    assert [row["owner"] for row in rows] == ["ann"]


async def test_what_is_done_is_not_looked_through(db: Database) -> None:
    """Each statement over a table that grows for ever goes by an index of what is not done."""
    if db.dialect.name == "postgres":
        return  # of an empty table, it reads the table
    for table, where in (
        ("payments", "status <> 'SUCCEEDED'"),
        ("deliveries", "status <> 'DELIVERED'"),
        ("export_jobs", "status IN ('QUEUED', 'RUNNING')"),
        ("bills", "is_late = TRUE"),
        ("jobs", "status IN ('QUEUED', 'RUNNING', 'PARKED')"),
    ):
        group = "" if table == "bills" else " GROUP BY status"
        plan = await db.fetch(
            f"EXPLAIN QUERY PLAN SELECT count(*) FROM {table} WHERE {where}{group}"
        )
        assert "USING" in plan[0]["detail"] and "INDEX" in plan[0]["detail"], table
