"""An export from begun to gone: every move that its job makes (R38, R39)."""

from datetime import datetime
from typing import Any

from models.actions.artefact_leavings import release_artefact
from models.actions.artefact_parts import forget_parts
from models.actions.artefacts import WrittenArtefact
from models.actions.audit import Act, record
from models.actions.events import Happening, announce
from models.actions.export_terms import ExportTerms, require_room
from models.actions.jobs import ClaimedJob, complete, hold
from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.rules.exports import (
    EXPORT_MOVES,
    ExportFormat,
    ExportOrder,
    ExportVerb,
    ExportView,
    statuses_before,
)
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import told_reason
from models.rules.months import BillingMonth
from models.rules.states import EventType
from models.tables.exports import ExportJob

REASON_CHARACTERS = 400


def export_job_key(export_id: int) -> str:
    """The key of the job that writes an export."""
    return f"export:{export_id}"


def order_of(export: ExportJob) -> ExportOrder:
    """What was asked for, read back from its row."""
    return ExportOrder(
        BillingMonth.parse(export.first_cycle),
        BillingMonth.parse(export.last_cycle),
        ExportView(export.view),
        ExportFormat(export.format),
        columns=tuple(export.columns) if export.columns is not None else None,
    )


async def start_export(tx: Tx, job: ClaimedJob) -> ExportJob | None:
    """Let the writing begin, or begin again; None when no file is wanted any more.

    Raises Superseded.
    """
    await hold(tx, job)
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    changes = ", rows_total = NULL, rows_done = 0, error = NULL, finished_at = NULL"
    if not await move(tx, export, ExportVerb.START, changes):
        return None
    return await renewed(tx, export)


async def renewed(tx: Tx, export: ExportJob) -> ExportJob:
    """The export as it is by now."""
    mine = {"id": export.id, "partner_id": export.partner_id}
    return await ExportJob.get(**mine, using_db=tx.client)


async def note_progress(tx: Tx, export: ExportJob, *, rows_done: int, rows_total: int) -> bool:
    """Say how many rows are written, and how many there will be; whether they are still wanted."""
    changed = await tx.execute(
        "UPDATE export_jobs SET rows_done = $3, rows_total = $4"
        " WHERE partner_id = $1 AND id = $2 AND status = 'RUNNING'",
        *(export.partner_id, export.id, rows_done, rows_total),
    )
    return changed == 1


async def finish_export(
    tx: Tx, job: ClaimedJob, written: WrittenArtefact, *, terms: ExportTerms, now: datetime
) -> bool:
    """Offer the file for download and finish the job; False, and nothing done, if it was cancelled.

    Raises QuotaExceeded and, from a worker that has lost the job, Superseded (rule 3).
    """
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    await lock_partner(tx, export.partner_id)
    await require_room(tx, export.partner_id, written.file.size, terms, now=now)
    if not await _offer(tx, export, written, until=now + terms.kept, now=now):
        return False
    details = {
        "rows": written.rows,
        "bytes": written.file.size,
        "sha256": written.file.sha256,
        "parts": written.part_count,
    }
    await record(tx, None, export_act("FINISH_EXPORT", export, details), now=now)
    await announce(tx, _ready(export, details), now=now)
    owner = public_id(IdPrefix.EXPORT, export.id)
    if written.part_count > 1 or job.run > 1:
        await release_artefact(tx, job, owner, now=now)
    else:
        await forget_parts(tx, owner)
    await complete(tx, job, now=now)
    return True


async def _offer(
    tx: Tx, export: ExportJob, written: WrittenArtefact, *, until: datetime, now: datetime
) -> bool:
    return await move(
        tx,
        export,
        ExportVerb.FINISH,
        ", rows_done = $4, rows_total = $4, file_name = $5, object_key = $6, size_bytes = $7,"
        " sha256 = $8, part_count = $9, control_sums = $10, finished_at = $11, expires_at = $12",
        *(written.rows, written.file_name, written.object_key, written.file.size),
        *(written.file.sha256, written.part_count, written.sums_json, now, until),
    )


async def retire_export(tx: Tx, job: ClaimedJob, *, now: datetime) -> None:
    """Say that the file is gone, its time being over; finishes the job."""
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    if await move(tx, export, ExportVerb.EXPIRE):
        await record(tx, None, export_act("EXPIRE_EXPORT", export, {}), now=now)
    await complete(tx, job, now=now)


async def refuse_export(tx: Tx, job: ClaimedJob, reason: str, *, now: datetime) -> None:
    """Say that there will be no file, for a reason that the partner can mend; finishes the job."""
    await _give_up(tx, job, reason, now=now)
    await complete(tx, job, now=now)


async def fail_export(tx: Tx, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Say that there will be no file, and why: the job was given up (R38)."""
    await _give_up(tx, job, told_reason(reason, "The file could not be written"), now=now)


async def _give_up(tx: Tx, job: ClaimedJob, error: str, *, now: datetime) -> None:
    export = await ExportJob.get(id=job.arguments["export_id"], using_db=tx.client)
    error = error[:REASON_CHARACTERS]
    if await move(tx, export, ExportVerb.FAIL, ", error = $4, finished_at = $5", error, now):
        act = export_act("FAIL_EXPORT", export, {"reason": error})
        await record(tx, None, act, now=now)
    await release_artefact(tx, job, public_id(IdPrefix.EXPORT, export.id), now=now)


async def move(
    tx: Tx, export: ExportJob, verb: ExportVerb, changes: str = "", *values: object
) -> bool:
    """Let `verb` happen to an export, where it is possible; whether it did.

    `changes` are further ones, whose `values` begin with $4.
    """
    before = statuses_before(verb)
    after = EXPORT_MOVES[before[0], verb]
    allowed = ", ".join(f"'{status}'" for status in before)
    changed = await tx.execute(
        f"UPDATE export_jobs SET status = $3{changes}"
        f" WHERE partner_id = $1 AND id = $2 AND status IN ({allowed})",
        *(export.partner_id, export.id, after, *values),
    )
    return changed == 1


def _ready(export: ExportJob, details: dict[str, Any]) -> Happening:
    export_id = public_id(IdPrefix.EXPORT, export.id)
    payload = {
        "exportId": export_id,
        "partnerId": public_id(IdPrefix.PARTNER, export.partner_id),
        "firstCycle": export.first_cycle,
        "lastCycle": export.last_cycle,
        "view": export.view,
        "format": export.format,
        **details,
    }
    return Happening(export.partner_id, EventType.EXPORT_READY, export_id, payload)


def export_act(action: str, export: ExportJob, details: dict[str, Any]) -> Act:
    """An audit entry about an export."""
    return Act(action, public_id(IdPrefix.EXPORT, export.id), export.partner_id, details)
