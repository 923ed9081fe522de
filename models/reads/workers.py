"""Workers that live."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.adapters.database import Database
from models.rules.jobs import SIGN_SECONDS

# Three signs missed: one may be late on a busy machine, or while the database is away.
SILENT = timedelta(seconds=3 * SIGN_SECONDS)


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many workers live, and when any was last seen; None: not within a day."""

    alive: int
    last_seen_at: datetime | None


async def attendance(db: Database, *, now: datetime) -> Attendance:
    """The workers that have shown within a minute that they live."""
    seen = db.dialect.instant_text("max(seen_at)")
    sql = f"SELECT {seen} AS seen, count(CASE WHEN seen_at > $1 THEN 1 END) AS alive"
    [row] = await db.fetch(f"{sql} FROM worker_signs", now - SILENT)
    return Attendance(row["alive"], datetime.fromisoformat(row["seen"]) if row["seen"] else None)
