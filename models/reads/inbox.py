"""Files in the inbox: which are new, and which were not taken in."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.adapters.database import Database
from models.adapters.shelves import Item
from models.rules.inbox import stored_name

LIMIT = 200


async def new_ones(db: Database, items: Sequence[Item]) -> list[Item]:
    """Those of at most 500 files that were never seen with this content."""
    holders = ", ".join(f"${n + 1}" for n in range(len(items)))
    rows = await db.fetch(
        f"SELECT object_key, tag FROM inbox_files WHERE object_key IN ({holders})",
        *(stored_name(item.name) for item in items),
    )
    known = {(row["object_key"], row["tag"]) for row in rows}
    return [item for item in items if (stored_name(item.name), item.tag) not in known]


@dataclass(frozen=True, slots=True)
class UntakenFile:
    """A file that was not taken in, and why."""

    id: int
    name: str
    status: str
    failure: str


_UNTAKEN = (
    " FROM inbox_files f WHERE f.status IN ('REFUSED', 'FAILED') AND NOT EXISTS"
    " (SELECT 1 FROM inbox_files g WHERE g.object_key = f.object_key AND g.id > f.id)"
)


async def untaken_files(db: Database) -> list[UntakenFile]:
    """The newest 200 files that were not taken in and not put there anew since, newest first."""
    rows = await db.fetch(
        f"SELECT f.id, f.object_key, f.status, f.failure{_UNTAKEN} ORDER BY f.id DESC LIMIT {LIMIT}"
    )
    return [UntakenFile(r["id"], r["object_key"], r["status"], r["failure"] or "") for r in rows]


async def untaken_count(db: Database) -> int:
    """How many such files there are."""
    return int((await db.fetch(f"SELECT count(*){_UNTAKEN}"))[0][0])
