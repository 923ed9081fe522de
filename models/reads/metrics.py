"""How the business stands, for an operator: a few statements, whoever asks.

Each of them reads what is not done and leaves the far larger rest alone, by an index.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.adapters.database import Database
from models.reads.inbox import untaken_count
from models.reads.workers import attendance
from models.rules.cutoffs import issue_window
from models.rules.errors import InvalidInput
from models.rules.exports import UNFINISHED
from models.rules.jobs import JobKind, JobStatus
from models.rules.months import BillingMonth, billing_zone
from models.rules.states import PaymentOutcome
from models.rules.storage_states import DeliveryStatus

_STATUSES: dict[str, list[StrEnum]] = {
    "payments": [each for each in PaymentOutcome if each is not PaymentOutcome.SUCCEEDED],
    "deliveries": [each for each in DeliveryStatus if each is not DeliveryStatus.DELIVERED],
    "exports": sorted(UNFINISHED),
}
_OPEN_JOBS = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PARKED)


@dataclass(slots=True)
class Standing:
    """Counts of what is not done, and ages in seconds; 0 where there is nothing.

    `unissued` counts bills whose issue window has opened, by whether their deadline is over, too
    (R4). What came to its ordinary end is not counted.
    """

    unissued: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    issued_late: int = 0
    jobs: dict[tuple[str, str], int] = field(
        default_factory=lambda: {(kind, status): 0 for kind in JobKind for status in _OPEN_JOBS}
    )
    oldest_queued_job: float = 0
    by_status: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            what: dict.fromkeys(statuses, 0) for what, statuses in _STATUSES.items()
        }
    )
    oldest_unknown_payment: float = 0
    untaken_files: int = 0
    workers: int = 0


async def read_standing(db: Database, *, now: datetime) -> Standing:
    """How everything stands at `now`; raises Unavailable."""
    standing = Standing()
    await _count_jobs(db, standing, now)
    await _count_by_status(db, standing, now)
    await _count_unissued(db, standing, now)
    standing.untaken_files = await untaken_count(db)
    standing.workers = (await attendance(db, now=now)).alive
    return standing


async def _count_jobs(db: Database, standing: Standing, now: datetime) -> None:
    # What is caught up on was due before there was a job for it.
    waits = "min(CASE WHEN created_at > run_at THEN created_at ELSE run_at END)"
    since = db.dialect.instant_text(waits)
    rows = await db.fetch(
        f"SELECT kind, status, count(*) AS count, {since} AS since FROM jobs"
        " WHERE status IN ('QUEUED', 'RUNNING', 'PARKED') GROUP BY kind, status"
    )
    for row in rows:
        standing.jobs[row["kind"], row["status"]] = row["count"]
    queued = (row for row in rows if row["status"] == JobStatus.QUEUED)
    standing.oldest_queued_job = _oldest(queued, now)


async def _count_by_status(db: Database, standing: Standing, now: datetime) -> None:
    since = db.dialect.instant_text("min(paid_at)")
    counted = "status, count(*) AS count, CAST(NULL AS TEXT) AS since"
    rows = await db.fetch(
        f"SELECT 'payments' AS what, status, count(*) AS count, {since} AS since FROM payments"
        " WHERE status <> 'SUCCEEDED' GROUP BY status"
        f" UNION ALL SELECT 'deliveries', {counted} FROM deliveries"
        " WHERE status <> 'DELIVERED' GROUP BY status"
        f" UNION ALL SELECT 'exports', {counted} FROM export_jobs"
        " WHERE status IN ('QUEUED', 'RUNNING') GROUP BY status"
        " UNION ALL SELECT 'late', '', count(*), NULL FROM bills WHERE is_late = TRUE"
    )
    for row in rows:
        if row["what"] == "late":
            standing.issued_late = row["count"]
        else:
            standing.by_status[row["what"]][row["status"]] = row["count"]
    unknown = (row for row in rows if row["status"] == PaymentOutcome.UNKNOWN)
    standing.oldest_unknown_payment = _oldest(unknown, now)


async def _count_unissued(db: Database, standing: Standing, now: datetime) -> None:
    rows = await db.fetch(
        "SELECT p.time_zone, c.cycle, count(*) AS count FROM billable_cycles c"
        " JOIN partners p ON p.id = c.partner_id"
        " LEFT JOIN bills b ON b.partner_id = c.partner_id AND b.cycle = c.cycle"
        " AND b.kind = c.kind AND b.currency = c.currency"
        " WHERE c.is_billed = FALSE AND b.id IS NULL GROUP BY p.time_zone, c.cycle"
    )
    for row in rows:
        is_late = _is_late(row, now)
        if is_late is not None:
            standing.unissued[is_late] += row["count"]


def _is_late(row: Mapping[str, Any], now: datetime) -> bool | None:
    """Whether the deadline of a cycle is over; None before its window opens."""
    try:
        window = issue_window(BillingMonth.parse(row["cycle"]), billing_zone(row["time_zone"]))
    except InvalidInput:
        return True  # no worker can ever issue it: the time zone is none
    return window.is_missed_at(now) if window.opens <= now else None


def _oldest(rows: Iterable[Mapping[str, Any]], now: datetime) -> float:
    since = [datetime.fromisoformat(row["since"]) for row in rows]
    return max(0.0, *((now - each).total_seconds() for each in since)) if since else 0.0
