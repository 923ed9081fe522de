"""An export's file: what stands in it, and what becomes of its writing (R37 to R40).

The versions were fixed when the export was asked for and never change, so a run that was killed is
followed by one that comes to the same bytes (I20).
"""

from dataclasses import dataclass

from models.actions.artefact_leavings import clear, discard_artefact
from models.actions.artefact_writing import write_artefact
from models.actions.artefacts import Artefact, Progress, Rows, Workshop
from models.actions.export_moves import (
    finish_export,
    note_progress,
    order_of,
    refuse_export,
    retire_export,
    start_export,
)
from models.actions.export_terms import ExportTerms, QuotaExceeded, require_room
from models.actions.jobs import ClaimedJob, Superseded, complete
from models.actions.threads import in_thread
from models.adapters.database import Database, Tx
from models.reads.exports import Run, exported_bills, view_runs
from models.reads.focus_exports import focus_runs
from models.rules.artefacts import zip_key
from models.rules.export_columns import chosen_columns, control_column
from models.rules.exports import ExportFormat, export_stem, parts_stem
from models.rules.ids import IdPrefix, public_id
from models.rules.manifests import Manifest
from models.tables.exports import ExportJob


class _NotWanted(Exception):
    """The export was cancelled while it was written."""


async def write_export(workshop: Workshop, job: ClaimedJob, *, terms: ExportTerms) -> None:
    """Write the file of a claimed EXPORT job and offer it for download.

    Nothing is offered unless each bill's rows add up to it (I14). A file for which there is no room
    fails the export, and the job is done. Raises Conflict (BILL_OUT_OF_BALANCE), Unavailable
    (STORAGE_FULL), Superseded.
    """
    export = await workshop.db.transact(start_export, job)
    try:
        if export is None:
            raise _NotWanted
        await _write(workshop, job, export, terms)
    except QuotaExceeded as refused:
        await workshop.db.transact(refuse_export, job, refused.message, now=workshop.now())
    except _NotWanted:
        owner = public_id(IdPrefix.EXPORT, int(job.arguments["export_id"]))
        await discard_artefact(workshop.db, workshop.files, owner)
        await workshop.db.transact(complete, job, now=workshop.now())


async def _write(
    workshop: Workshop, job: ClaimedJob, export: ExportJob, terms: ExportTerms
) -> None:
    artefact = await exported_artefact(workshop.db, export, terms)
    watch = _Watch(workshop, export, terms, sum(rows.expected_rows or 0 for rows in artefact.rows))
    written = await write_artefact(workshop, job, artefact, on_progress=watch.see)
    try:
        is_offered = await workshop.db.transact(
            finish_export, job, written, terms=terms, now=workshop.now()
        )
    except Superseded:
        # The parts are the next run's by now.
        await in_thread(workshop.files.remove, zip_key(artefact.owner, job.run))
        raise
    if not is_offered:
        raise _NotWanted


async def expire_export(workshop: Workshop, job: ClaimedJob) -> None:
    """Remove the file of an export whose time is over, then say so: never the other way round."""
    owner = public_id(IdPrefix.EXPORT, int(job.arguments["export_id"]))
    await in_thread(clear, workshop.files, owner)
    await workshop.db.transact(retire_export, job, now=workshop.now())


async def exported_artefact(db: Database, export: ExportJob, terms: ExportTerms) -> Artefact:
    """What the file of an export is made of."""
    order = order_of(export)
    columns = chosen_columns(order.view, order.format, order.columns)
    control = control_column(order.view, order.format)
    bills = await exported_bills(db, export.partner_id, export.version_ids)
    if order.format is ExportFormat.FOCUS_CSV:
        runs = await focus_runs(db, bills, vendor=terms.vendor)
    else:
        runs = await view_runs(db, order.view, bills, columns)
    owner = public_id(IdPrefix.EXPORT, export.id)
    return Artefact(
        owner=owner,
        partner_id=export.partner_id,
        stem=export_stem(export.id, order),
        parts_stem=parts_stem(order),
        format=order.format,
        columns=columns,
        control=control,
        rows=[_rows(run) for run in runs],
        manifest=Manifest(
            owner=None,
            partner=public_id(IdPrefix.PARTNER, export.partner_id),
            account=None,
            view=order.view.value,
            format=order.format,
            period=(order.first.first_day, order.last.last_day),
            is_provisional=False,
            columns=tuple(column.name for column in columns),
            amount=control.name,
            bills=(),
            parts=(),
        ),
    )


def _rows(run: Run) -> Rows:
    bill = run.bill
    return Rows(run.statement, bill.currency, run.expected, run.expected_rows, bill.said)


@dataclass
class _Watch:
    """Notes how far the writing is, and ends it when the file is not wanted or has no room."""

    workshop: Workshop
    export: ExportJob
    terms: ExportTerms
    rows_total: int

    async def see(self, progress: Progress) -> None:
        await self.workshop.db.transact(self._note, progress)

    async def _note(self, tx: Tx, progress: Progress) -> None:
        is_wanted = await note_progress(
            tx, self.export, rows_done=progress.rows, rows_total=self.rows_total
        )
        if not is_wanted:
            raise _NotWanted
        await require_room(
            tx, self.export.partner_id, progress.size, self.terms, now=self.workshop.now()
        )
