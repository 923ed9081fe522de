"""An export's file: rows from the database, anonymised, added up, into the file store.

A few thousand rows are in memory at a time. The versions were fixed when the export was asked for
and never change, so a run that was killed is followed by one that writes the same bytes (I20).
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from models.actions.exports import (
    WrittenExport,
    finish_export,
    note_progress,
    order_of,
    retire_export,
    start_export,
)
from models.actions.jobs import ClaimedJob, Superseded, complete
from models.actions.threads import in_thread
from models.adapters.database import Database
from models.adapters.files import FileStore, NewFile
from models.adapters.text_search import finder_of
from models.reads.exports import (
    ExportedBill,
    csv_lines,
    customers_of,
    exported_bills,
    row_count,
)
from models.rules.anonymity_text import Scrubber
from models.rules.errors import Conflict, ErrorCode
from models.rules.export_lines import END, SafeLines, header_line, last_cells_sum
from models.rules.exports import ExportFormat, ExportView, file_columns, object_key
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, amount_text
from models.tables.exports import ExportJob

PROGRESS_EVERY = timedelta(seconds=1)

Clock = Callable[[], datetime]


async def write_export(
    db: Database, files: FileStore, job: ClaimedJob, *, now: Clock, kept: timedelta
) -> None:
    """Write the file of a claimed EXPORT job and offer it for download, for `kept`.

    Nothing is offered unless each bill's rows add up to its settlement amount (I14). Raises
    Conflict (BILL_OUT_OF_BALANCE), Unavailable (STORAGE_FULL), Superseded.
    """
    export = await db.transact(start_export, int(job.arguments["export_id"]))
    if export is None:
        await db.transact(complete, job, now=now())
        return
    file_format = ExportFormat(export.format)
    keys = [object_key(export.id, run, file_format) for run in range(1, job.run + 1)]
    for left_behind in keys[:-1]:
        await in_thread(files.remove, left_behind)
    file = await in_thread(files.create, keys[-1])
    with closing(file):
        written = await _write(db, export, file, now)
    try:
        await db.transact(finish_export, job, written, now=now(), kept=kept)
    except Superseded:
        await in_thread(files.remove, keys[-1])
        raise


async def expire_export(db: Database, files: FileStore, job: ClaimedJob, *, now: Clock) -> None:
    """Remove the file of an export whose time is over, then say so: never the other way round."""
    export = await ExportJob.get(id=job.arguments["export_id"])
    if export.object_key:
        await in_thread(files.remove, export.object_key)
    await db.transact(retire_export, job, now=now())


async def _write(db: Database, export: ExportJob, file: NewFile, now: Clock) -> WrittenExport:
    view = order_of(export).view
    bills = await exported_bills(db, export.version_ids)
    progress = _Progress(db, export.id, await row_count(db, view, bills), now)
    await progress.tell(0)
    columns = file_columns(view)
    scrubber = await in_thread(Scrubber, await customers_of(db, export.partner_id), finder_of)
    sheet = _CsvSheet(file, SafeLines(columns, scrubber))
    await in_thread(sheet.begin, header_line(columns))
    for bill in bills:
        await _write_bill(db, view, bill, sheet, progress)
    return WrittenExport(await in_thread(file.commit), progress.rows_done)


async def _write_bill(
    db: Database, view: ExportView, bill: ExportedBill, sheet: "_CsvSheet", progress: "_Progress"
) -> None:
    statement = csv_lines(db.dialect, view, bill)
    count, total = 0, Decimal(0)
    async with aclosing(db.stream(statement.sql, *statement.values)) as batches:
        async for rows in batches:
            total = EXACT.add(total, await in_thread(sheet.add, rows))
            count += len(rows)
            await progress.note(len(rows))
    is_whole = count == bill.charge_count or view is not ExportView.DETAILS
    if total != bill.settlement or not is_whole:
        raise Conflict(
            f"{public_id(IdPrefix.BILL, bill.bill_id)}, version {bill.version}: the {count} rows of"
            f" the file come to {amount_text(total)} instead of {amount_text(bill.settlement)}, or"
            " some are missing; nothing was kept.",
            ErrorCode.BILL_OUT_OF_BALANCE,
        )


class _CsvSheet:
    """A CSV file in the making, used by one thread at a time."""

    def __init__(self, file: NewFile, lines: SafeLines) -> None:
        self._file = file
        self._lines = lines

    def begin(self, header: str) -> None:
        self._file.write((header + END).encode())

    def add(self, rows: Sequence[Any]) -> Decimal:
        """Write rows of one line each; the sum of their last cells."""
        lines = self._lines.clean([row[0] for row in rows])
        self._file.write((END.join(lines) + END).encode())
        return last_cells_sum(lines)


@dataclass
class _Progress:
    """Tells about once a second how far the writing is."""

    db: Database
    export_id: int
    rows_total: int
    now: Clock
    rows_done: int = 0

    def __post_init__(self) -> None:
        self._told_at = self.now()

    async def note(self, rows: int) -> None:
        self.rows_done += rows
        if self.now() - self._told_at >= PROGRESS_EVERY:
            await self.tell(self.rows_done)

    async def tell(self, rows_done: int) -> None:
        self._told_at = self.now()
        await self.db.transact(
            note_progress, self.export_id, rows_done=rows_done, rows_total=self.rows_total
        )
