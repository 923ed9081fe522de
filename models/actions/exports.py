"""Exports from asked for to gone: every move but the writing itself (R35 to R39)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.actions.audit import Act, record
from models.actions.events import Happening, announce
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.jobs import ClaimedJob, complete, enqueue
from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.adapters.files import StoredFile
from models.rules.errors import Conflict, ErrorCode, Forbidden
from models.rules.exports import (
    EXPORT_MOVES,
    ExportFormat,
    ExportOrder,
    ExportStatus,
    ExportVerb,
    ExportView,
    export_file_name,
    object_key,
    statuses_before,
)
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import JobKind, NewJob
from models.rules.months import BillingMonth
from models.rules.principals import Action, Principal
from models.rules.states import EventType
from models.tables.exports import ExportJob
from models.tables.jobs import Job

REASON_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class RequestedExport:
    """An export that was asked for, and the job to ring the bell for once that is committed."""

    export_id: int
    job_id: int


async def request_export(
    tx: Tx, principal: Principal, *, order: ExportOrder, now: datetime
) -> RequestedExport:
    """Queue a file of the bills of the principal's partner, as they stand now.

    The versions in it are fixed here, so that it holds what was there when it was asked for. The
    same key with the same order gives the same export. Raises Forbidden; InvalidInput:
    INVALID_RANGE, RANGE_TOO_LONG; Conflict: NOTHING_TO_EXPORT, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.EXPORT_BILLS)
    partner_id = principal.partner_id
    if partner_id is None:
        raise Forbidden("Only a partner exports its bills.")
    order.months()
    request = _request(partner_id, order)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request) if request else None
    if earlier is not None:
        return await _queued(earlier)
    export = await _create(tx, principal, order, now=now)
    if request:
        await remember(tx, request, export.id, now=now)
    return await _queued(export.id)


def _request(partner_id: int, order: ExportOrder) -> Request | None:
    if order.idempotency_key is None:
        return None
    body = (order.first, order.last, order.view, order.format)
    return keyed_request(partner_id, "exportBills", order.idempotency_key, *body)


async def _queued(export_id: int) -> RequestedExport:
    job = await Job.get(key=_job_key(export_id))
    return RequestedExport(export_id, job.id)


def _job_key(export_id: int) -> str:
    return f"export:{export_id}"


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
        status=ExportStatus.QUEUED.value,
    )
    job = NewJob(JobKind.EXPORT, _job_key(export.id), {"export_id": export.id}, now)
    await enqueue(tx, job, now=now)
    details = {
        "cycles": f"{order.first} to {order.last}",
        "view": order.view.value,
        "format": order.format.value,
    }
    await record(tx, principal, _act("REQUEST_EXPORT", export, details), now=now)
    return export


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


def order_of(export: ExportJob) -> ExportOrder:
    """What was asked for, read back from its row."""
    first, last = BillingMonth.parse(export.first_cycle), BillingMonth.parse(export.last_cycle)
    return ExportOrder(first, last, ExportView(export.view), ExportFormat(export.format))


async def start_export(tx: Tx, export_id: int) -> ExportJob | None:
    """Let the writing begin, or begin again; None when no file is wanted any more."""
    changes = ", rows_total = NULL, rows_done = 0, error = NULL, finished_at = NULL"
    if not await _move(tx, export_id, ExportVerb.START, changes):
        return None
    return await ExportJob.get(id=export_id, using_db=tx.client)


async def note_progress(tx: Tx, export_id: int, *, rows_done: int, rows_total: int) -> None:
    """Say how many rows are written, and how many there will be."""
    await tx.execute(
        "UPDATE export_jobs SET rows_done = $2, rows_total = $3"
        " WHERE id = $1 AND status = 'RUNNING'",
        *(export_id, rows_done, rows_total),
    )


@dataclass(frozen=True, slots=True)
class WrittenExport:
    """A file in its place, and how many rows it has below its header."""

    file: StoredFile
    rows: int


async def finish_export(
    tx: Tx, job: ClaimedJob, written: WrittenExport, *, now: datetime, kept: timedelta
) -> None:
    """Offer the file for download, for `kept`; finishes the job, or raises Superseded (rule 3)."""
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    order, file = order_of(export), written.file
    is_finished = await _move(
        tx,
        export.id,
        ExportVerb.FINISH,
        ", rows_done = $3, rows_total = $3, file_name = $4, object_key = $5, size_bytes = $6,"
        " sha256 = $7, finished_at = $8, expires_at = $9",
        *(written.rows, export_file_name(export.id, order)),
        *(object_key(export.id, job.run, order.format), file.size, file.sha256),
        *(now, now + kept),
    )
    if is_finished:
        details = {"rows": written.rows, "bytes": file.size, "sha256": file.sha256}
        await record(tx, None, _act("FINISH_EXPORT", export, details), now=now)
        await announce(tx, _ready(export, order, details), now=now)
    await complete(tx, job, now=now)


async def retire_export(tx: Tx, job: ClaimedJob, *, now: datetime) -> None:
    """Say that the file is gone, its time being over; finishes the job."""
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    if await _move(tx, export.id, ExportVerb.EXPIRE):
        await record(tx, None, _act("EXPIRE_EXPORT", export, {}), now=now)
    await complete(tx, job, now=now)


async def fail_export(tx: Tx, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Say that there will be no file, and why: the job was given up (R38)."""
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    # What is not a refusal of our own comes as a type and an id, which support can look up.
    _, told, message = reason.partition(": ")
    error = (message if told else f"The file could not be written ({reason}).")[:REASON_CHARACTERS]
    await _move(tx, export.id, ExportVerb.FAIL, ", error = $3, finished_at = $4", error, now)
    await record(tx, None, _act("FAIL_EXPORT", export, {"reason": error}), now=now)


async def _move(
    tx: Tx, export_id: int, verb: ExportVerb, changes: str = "", *values: object
) -> bool:
    before = statuses_before(verb)
    after = EXPORT_MOVES[before[0], verb]
    allowed = ", ".join(f"'{status}'" for status in before)
    changed = await tx.execute(
        f"UPDATE export_jobs SET status = $2{changes} WHERE id = $1 AND status IN ({allowed})",
        *(export_id, after, *values),
    )
    return changed == 1


def _ready(export: ExportJob, order: ExportOrder, details: dict[str, Any]) -> Happening:
    export_id = public_id(IdPrefix.EXPORT, export.id)
    payload = {
        "exportId": export_id,
        "partnerId": public_id(IdPrefix.PARTNER, export.partner_id),
        "firstCycle": str(order.first),
        "lastCycle": str(order.last),
        "view": order.view.value,
        "format": order.format.value,
        **details,
    }
    return Happening(export.partner_id, EventType.EXPORT_READY, export_id, payload)


def _act(action: str, export: ExportJob, details: dict[str, Any]) -> Act:
    return Act(action, public_id(IdPrefix.EXPORT, export.id), export.partner_id, details)
