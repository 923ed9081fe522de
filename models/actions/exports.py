"""Exports asked for: which bills, how, and whether there is room for them (R35 to R40)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.audit import record
from models.actions.export_moves import export_act, export_job_key
from models.actions.export_terms import ExportTerms, require_room, require_turn
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.jobs import enqueue
from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.adapters.sheets import require_format
from models.rules.errors import Conflict, ErrorCode, Forbidden
from models.rules.export_columns import chosen_columns
from models.rules.exports import ExportOrder, ExportStatus
from models.rules.jobs import JobKind, NewJob
from models.rules.principals import Action, Principal
from models.tables.exports import ExportJob
from models.tables.jobs import Job


@dataclass(frozen=True, slots=True)
class RequestedExport:
    """An export that was asked for, and the job to ring the bell for once that is committed."""

    export_id: int
    job_id: int


async def request_export(
    tx: Tx, principal: Principal, *, order: ExportOrder, terms: ExportTerms, now: datetime
) -> RequestedExport:
    """Queue a file of the bills of the principal's partner, as they stand now.

    The versions in it are fixed here, so that it holds what was there when it was asked for. The
    same key with the same order gives the same export. Raises Forbidden; InvalidInput:
    INVALID_RANGE, RANGE_TOO_LONG, INVALID_COLUMN, FORMAT_UNAVAILABLE; Conflict: NOTHING_TO_EXPORT,
    TOO_MANY_EXPORTS, EXPORT_QUOTA_EXCEEDED, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.EXPORT_BILLS)
    partner_id = principal.partner_id
    if partner_id is None:
        raise Forbidden("Only a partner exports its bills.")
    order.months()
    chosen_columns(order.view, order.format, order.columns)
    request = _request(partner_id, order)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request) if request else None
    if earlier is not None:
        return await _queued(earlier)
    require_format(order.format)
    await require_turn(tx, partner_id, terms)
    await require_room(tx, partner_id, 1, terms, now=now)
    export = await _create(tx, principal, order, now=now)
    if request:
        await remember(tx, request, export.id, now=now)
    return await _queued(export.id)


def _request(partner_id: int, order: ExportOrder) -> Request | None:
    if order.idempotency_key is None:
        return None
    body = (order.first, order.last, order.view, order.format, *(order.columns or ()))
    return keyed_request(partner_id, "exportBills", order.idempotency_key, *body)


async def _queued(export_id: int) -> RequestedExport:
    job = await Job.get(key=export_job_key(export_id))
    return RequestedExport(export_id, job.id)


async def _create(tx: Tx, principal: Principal, order: ExportOrder, *, now: datetime) -> ExportJob:
    export = await ExportJob.create(
        using_db=tx.client,
        partner_id=principal.partner_id,
        requested_by=principal.subject,
        requested_at=now,
        first_cycle=str(order.first),
        last_cycle=str(order.last),
        view=order.view.value,
        format=order.format.value,
        version_ids=await _current_versions(tx, principal.partner_id, order),
        columns=None if order.columns is None else list(order.columns),
        status=ExportStatus.QUEUED.value,
    )
    job = NewJob(JobKind.EXPORT, export_job_key(export.id), {"export_id": export.id}, now)
    await enqueue(tx, job, now=now)
    await record(tx, principal, export_act("REQUEST_EXPORT", export, _asked(order)), now=now)
    return export


def _asked(order: ExportOrder) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "cycles": f"{order.first} to {order.last}",
        "view": order.view.value,
        "format": order.format.value,
    }
    return asked if order.columns is None else asked | {"columns": list(order.columns)}


async def _current_versions(tx: Tx, partner_id: int | None, order: ExportOrder) -> list[int]:
    rows = await tx.fetch(
        "SELECT version_id FROM bills WHERE partner_id = $1 AND cycle BETWEEN $2 AND $3"
        " ORDER BY cycle, kind, currency",
        *(partner_id, str(order.first), str(order.last)),
    )
    if not rows:
        raise Conflict(
            f"No bill was issued for {order.first} to {order.last}.", ErrorCode.NOTHING_TO_EXPORT
        )
    return [int(row["version_id"]) for row in rows]
