"""Exports that the partner ends: cancelled before they are ready, or their files given up."""

from datetime import datetime

from models.actions.audit import record
from models.actions.export_moves import export_act, export_job_key, move, renewed
from models.actions.jobs import enqueue
from models.actions.owners import owner_of
from models.adapters.database import Tx
from models.rules.errors import Conflict
from models.rules.exports import ExportStatus, ExportVerb
from models.rules.jobs import JobKind, NewJob
from models.rules.principals import Action, Principal
from models.tables.exports import ExportJob
from models.tables.jobs import Job


async def cancel_export(tx: Tx, principal: Principal, *, export_id: int, now: datetime) -> int:
    """Let an unfinished export have no file; a second time changes nothing.

    Answers its job, to ring the bell for: what was begun is cleared away by that. Raises Forbidden,
    NotFound, and Conflict for an export that is over in another way.
    """
    export = await _own(tx, principal, export_id)
    if await move(tx, export, ExportVerb.CANCEL, ", finished_at = $4", now):
        await record(tx, principal, export_act("CANCEL_EXPORT", export, {}), now=now)
        await tx.execute(
            "UPDATE jobs SET run_at = $2 WHERE key = $1 AND status = 'QUEUED' AND run_at > $2",
            *(export_job_key(export_id), now),
        )
    elif await _status(tx, export) is not ExportStatus.CANCELLED:
        raise Conflict(
            f"The export is {export.status.lower()}; only one that is queued or running can be"
            " cancelled.",
            path=("exportId",),
        )
    job = await Job.get(key=export_job_key(export_id), using_db=tx.client)
    return int(job.id)


async def remove_export_file(
    tx: Tx, principal: Principal, *, export_id: int, now: datetime
) -> int | None:
    """End the time of a finished file now, and with it that of all links to it.

    The file itself is removed by a job, whose id this answers when it is new. A second time, or
    once the file's time is over, nothing changes. Raises Forbidden, NotFound, and Conflict for an
    export that has no file.
    """
    export = await _own(tx, principal, export_id)
    changed = await tx.execute(
        "UPDATE export_jobs SET expires_at = $3"
        " WHERE partner_id = $1 AND id = $2 AND status = 'SUCCEEDED' AND expires_at > $3",
        *(export.partner_id, export.id, now),
    )
    if changed:
        await record(tx, principal, export_act("REMOVE_EXPORT_FILE", export, {}), now=now)
        # The key under which the schedule asks for it, when the file's time is over by itself.
        key = f"expire-export:{export_id}"
        job = NewJob(JobKind.EXPIRE_EXPORT, key, {"export_id": export_id}, now)
        return await enqueue(tx, job, now=now)
    if await _status(tx, export) not in {ExportStatus.SUCCEEDED, ExportStatus.EXPIRED}:
        raise Conflict(
            f"The export is {export.status.lower()} and has no file.", path=("exportId",)
        )
    return None


async def _own(tx: Tx, principal: Principal, export_id: int) -> ExportJob:
    principal.require(Action.EXPORT_BILLS)
    partner_id = await owner_of(tx, principal, "export", export_id)
    return await ExportJob.get(id=export_id, partner_id=partner_id, using_db=tx.client)


async def _status(tx: Tx, export: ExportJob) -> ExportStatus:
    return ExportStatus((await renewed(tx, export)).status)
