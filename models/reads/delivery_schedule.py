"""Partners whose files of the day are not scheduled yet (R49 to R51, rule 5)."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from models.adapters.database import Database
from models.reads.schedule import IS_UNKNOWN, LIMIT, zone_table
from models.rules.jobs import JobKind, NewJob


async def due_deliveries(
    db: Database, zones: Mapping[str, ZoneInfo], *, now: datetime
) -> list[NewJob]:
    """Partners with a bucket whose last scheduled day is over, once per local day.

    A bucket that was given up counts for a day or two more: the last of its files may not be
    scheduled yet, however long no worker ran.
    """
    table, values = zone_table(zones, now)
    through = "CAST(s.scheduled_through AS TEXT)"
    until = db.dialect.instant_text("d.valid_until")
    rows = await db.fetch(
        f"WITH zones (zone, cycle, day) AS ({table}),"
        " due AS (SELECT s.partner_id AS id, z.day,"
        " 'deliveries:' || s.partner_id || ':' || z.day AS key FROM bill_storages s"
        " JOIN partners p ON p.id = s.partner_id JOIN zones z ON z.zone = p.time_zone"
        f" WHERE (s.scheduled_through IS NULL OR {through} < z.day)"
        " AND EXISTS (SELECT 1 FROM storage_destinations d WHERE d.partner_id = s.partner_id"
        " AND (d.valid_until IS NULL OR s.scheduled_through IS NULL"
        f" OR {until} >= {through})))"
        f" SELECT id, day, key FROM due WHERE {IS_UNKNOWN} ORDER BY id LIMIT {LIMIT}",
        *values,
    )
    return [
        NewJob(
            JobKind.SCHEDULE_DELIVERIES,
            row["key"],
            {"partner_id": row["id"], "through": row["day"]},
            now,
        )
        for row in rows
    ]
