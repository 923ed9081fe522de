"""What is due and not done: one statement a question, for all partners at once (rule 5).

A job that is known under its key, in whatever state, is not due again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models.adapters.database import Database
from models.rules.cutoffs import estimate_day, issue_window, newest_due_cycle
from models.rules.jobs import JobKind, NewJob
from models.rules.months import BillingMonth

# How many jobs one answer holds; whoever gets as many asks again.
LIMIT = 5000

# Of jobs that are `due`.
IS_UNKNOWN = "NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.key = due.key)"


async def zone_names(db: Database) -> list[str]:
    """The billing time zones of all partners."""
    rows = await db.fetch("SELECT DISTINCT time_zone FROM partners ORDER BY time_zone")
    return [row["time_zone"] for row in rows]


async def due_issues(db: Database, zones: Mapping[str, ZoneInfo], *, now: datetime) -> list[NewJob]:
    """Cycles with charges whose window has opened and that lack a bill, oldest first (R4).

    The key holds the newest posting: charges in another currency that come later need a run of
    their own.
    """
    table, values = zone_table(zones, now)
    rows = await db.fetch(
        f"WITH zones (zone, cycle, day) AS ({table}),"
        " open AS (SELECT c.partner_id, c.cycle, p.time_zone, max(c.last_posting) AS posting"
        " FROM billable_cycles c JOIN partners p ON p.id = c.partner_id"
        " JOIN zones z ON z.zone = p.time_zone"
        " LEFT JOIN bills b ON b.partner_id = c.partner_id AND b.cycle = c.cycle"
        " AND b.kind = c.kind AND b.currency = c.currency"
        " WHERE c.is_billed = FALSE AND c.cycle <= z.cycle AND b.id IS NULL"
        " GROUP BY c.partner_id, c.cycle, p.time_zone),"
        " due AS (SELECT partner_id, cycle, time_zone,"
        " 'issue:' || partner_id || ':' || cycle || ':' || posting AS key FROM open)"
        f" SELECT * FROM due WHERE {IS_UNKNOWN} ORDER BY cycle, partner_id LIMIT {LIMIT}",
        *values,
    )
    return [
        NewJob(
            JobKind.ISSUE_BILLS,
            row["key"],
            {"partner_id": row["partner_id"], "cycle": row["cycle"]},
            issue_window(BillingMonth.parse(row["cycle"]), zones[row["time_zone"]]).opens,
        )
        for row in rows
    ]


async def due_reissues(
    db: Database, zones: Mapping[str, ZoneInfo], *, now: datetime
) -> list[NewJob]:
    """Bills neither confirmed nor disputed whose charges go beyond their current version."""
    rows = await db.fetch(
        "WITH due AS (SELECT b.id, 'reissue:' || b.id || ':' || c.last_posting AS key"
        " FROM billable_cycles c JOIN bills b ON b.partner_id = c.partner_id"
        " AND b.cycle = c.cycle AND b.kind = c.kind AND b.currency = c.currency"
        " JOIN bill_versions v ON v.partner_id = b.partner_id AND v.id = b.version_id"
        " WHERE c.is_billed = FALSE AND b.status = 'ISSUED'"
        " AND c.last_posting > v.through_posting)"
        f" SELECT * FROM due WHERE {IS_UNKNOWN} ORDER BY id LIMIT {LIMIT}"
    )
    return [NewJob(JobKind.REISSUE_BILL, r["key"], {"bill_id": r["id"]}, now) for r in rows]


async def due_estimates(
    db: Database, zones: Mapping[str, ZoneInfo], *, now: datetime
) -> list[NewJob]:
    """Partners with charges in a cycle that has no bill yet, once per local day (R7)."""
    table, values = zone_table(zones, now)
    rows = await db.fetch(
        f"WITH zones (zone, cycle, day) AS ({table}),"
        " open AS (SELECT DISTINCT p.id, z.day FROM billable_cycles c"
        " JOIN partners p ON p.id = c.partner_id JOIN zones z ON z.zone = p.time_zone"
        " WHERE c.is_billed = FALSE AND c.cycle > z.cycle),"
        " due AS (SELECT id, day, 'estimate:' || id || ':' || day AS key FROM open)"
        f" SELECT * FROM due WHERE {IS_UNKNOWN} ORDER BY id LIMIT {LIMIT}",
        *values,
    )
    return [
        NewJob(JobKind.ESTIMATE, r["key"], {"partner_id": r["id"], "as_of": r["day"]}, now)
        for r in rows
    ]


async def due_expiries(
    db: Database, zones: Mapping[str, ZoneInfo], *, now: datetime
) -> list[NewJob]:
    """Exported files whose time is over (R38, R39)."""
    rows = await db.fetch(
        "WITH due AS (SELECT id, 'expire-export:' || id AS key FROM export_jobs"
        " WHERE status = 'SUCCEEDED' AND expires_at <= $1)"
        f" SELECT * FROM due WHERE {IS_UNKNOWN} ORDER BY id LIMIT {LIMIT}",
        now,
    )
    return [NewJob(JobKind.EXPIRE_EXPORT, r["key"], {"export_id": r["id"]}, now) for r in rows]


async def late_bills(db: Database, partner_id: int, bill_ids: Sequence[int]) -> int:
    """How many of these bills of a partner, at least one, were issued after their deadline (R4)."""
    placeholders = ", ".join(f"${n}" for n in range(2, len(bill_ids) + 2))
    rows = await db.fetch(
        "SELECT count(*) AS late FROM bills WHERE partner_id = $1 AND is_late = TRUE"
        f" AND id IN ({placeholders})",
        partner_id,
        *bill_ids,
    )
    return int(rows[0]["late"])


def zone_table(zones: Mapping[str, ZoneInfo], now: datetime) -> tuple[str, list[str]]:
    """VALUES of (zone, newest due cycle, local day) and what they bind."""
    values = [
        text
        for name, zone in zones.items()
        for text in (name, str(newest_due_cycle(now, zone)), estimate_day(now, zone).isoformat())
    ]
    cells = [f"CAST(${n + 1} AS TEXT)" for n in range(len(values))]
    rows = [f"({', '.join(cells[n : n + 3])})" for n in range(0, len(cells), 3)]
    return f"VALUES {', '.join(rows)}", values
