"""Jobs that were given up."""

from dataclasses import dataclass

from models.adapters.database import Database

LIMIT = 200


@dataclass(frozen=True, slots=True)
class ParkedJob:
    """A job that waits for an operator; `error` is why it was given up."""

    id: int
    kind: str
    key: str
    failures: int
    error: str


async def parked_jobs(db: Database) -> list[ParkedJob]:
    """The newest 200 parked jobs, newest first."""
    rows = await db.fetch(
        "SELECT id, kind, key, failures, error FROM jobs WHERE status = 'PARKED'"
        f" ORDER BY id DESC LIMIT {LIMIT}"
    )
    return [ParkedJob(r["id"], r["kind"], r["key"], r["failures"], r["error"] or "") for r in rows]
