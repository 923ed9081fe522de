"""What has changed since one looked last: for those who wait for it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson

from models.adapters.database import Database
from models.reads.scope import partner_scope
from models.rules.exports import ExportStatus
from models.rules.principals import Principal


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """An event of a partner; `about` is the public id of its bill, or else of its object."""

    id: int
    partner_id: int
    about: str


async def newest_event(db: Database) -> int:
    """The highest id of any event, 0 while there is none."""
    rows = await db.fetch("SELECT max(id) AS id FROM events")
    return int(rows[0]["id"] or 0)


async def events_after(
    db: Database, event_id: int, partners: Collection[int]
) -> list[WrittenEvent]:
    """The events of some partners with higher ids, in the order of their ids."""
    rows = await db.fetch(
        "SELECT id, partner_id, object_id, payload FROM events"
        f" WHERE {db.dialect.any_number('partner_id', '$1')} AND id > $2 ORDER BY id",
        list(partners),
        event_id,
    )
    return [WrittenEvent(row["id"], row["partner_id"], _about(row)) for row in rows]


def _about(row: Any) -> str:
    """What happened to a dispute happened to its bill."""
    return str(orjson.loads(row["payload"]).get("billId", row["object_id"]))


async def bills_of_payment(db: Database, partner_id: int, payment_id: int) -> list[int]:
    """The bills that a payment pays, in the order of their ids."""
    rows = await db.fetch(
        "SELECT DISTINCT bill_id FROM allocations WHERE partner_id = $1 AND payment_id = $2"
        " ORDER BY bill_id",
        *(partner_id, payment_id),
    )
    return [int(row["bill_id"]) for row in rows]


async def export_progress(
    db: Database, exports: Collection[int]
) -> dict[int, tuple[str, int, int | None]]:
    """Status, rows written and rows in all of some exports, by id."""
    rows = await db.fetch(
        "SELECT id, status, rows_done, rows_total FROM export_jobs"
        f" WHERE {db.dialect.any_number('id', '$1')}",
        list(exports),
    )
    return {row["id"]: (row["status"], row["rows_done"], row["rows_total"]) for row in rows}


async def visible_export(db: Database, principal: Principal, export_id: int) -> ExportStatus | None:
    """The status of an export; None when there is none that the principal may see (R1)."""
    scope = partner_scope(principal, "partner_id", 2)
    rows = await db.fetch(
        f"SELECT status FROM export_jobs WHERE id = $1 AND {scope.condition}",
        export_id,
        *scope.values,
    )
    return ExportStatus(rows[0]["status"]) if rows else None


async def is_visible_partner(db: Database, principal: Principal, partner_id: int) -> bool:
    """Whether there is such a partner, and the principal may see it (R1)."""
    scope = partner_scope(principal, "id", 2)
    return bool(
        await db.fetch(
            f"SELECT 1 FROM partners WHERE id = $1 AND {scope.condition}",
            partner_id,
            *scope.values,
        )
    )
