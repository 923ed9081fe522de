"""Our side of each step, in a process of its own: `python -m bench.ours STEP URL PLACE`.

STEP is migrate, import, generation, export, or export with a format (`export XLSX`); PLACE is the
FOCUS file to import, or the folder to export to. Prints seconds, and the peak of its memory in MiB,
as JSON.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

from bench.focus import CYCLE
from bench.machine import peak_mib
from bench.stand import export_step
from models.actions.artefacts import Workshop
from models.actions.bills import issue_bills
from models.actions.export_terms import ExportTerms
from models.actions.export_writing import write_export
from models.actions.exports import request_export
from models.actions.imports import ImportOptions, ImportOutcome, import_file
from models.actions.jobs import Claimant, ClaimedJob, claim_one
from models.adapters.database import Database, open_database
from models.adapters.files import LocalFiles
from models.adapters.migrate import migrate
from models.rules.exports import ROWS_PER_PART, ExportFormat, ExportOrder, ExportView
from models.rules.jobs import JobKind
from models.rules.months import BillingMonth
from models.rules.principals import Principal, Role

NOW = datetime(2026, 2, 5, 12, tzinfo=UTC)
PARTNER = 1
LONG = timedelta(days=1)
TERMS = ExportTerms(LONG, 2**40, 20, "Example Vendor")


async def _import(db: Database, place: Path) -> float:
    options = ImportOptions("a secret of the bench, long enough", creates_missing=True)
    began = perf_counter()
    result = await import_file(db, place, options, now=NOW)
    seconds = perf_counter() - began
    if result.outcome is not ImportOutcome.IMPORTED:
        raise SystemExit(f"The import was not taken: {result}")
    return seconds


async def _generate(db: Database, _place: Path) -> float:
    began = perf_counter()
    await db.transact(issue_bills, partner_id=PARTNER, cycle=CYCLE, now=NOW, force=True)
    return perf_counter() - began


async def _export(db: Database, place: Path, file_format: ExportFormat) -> float:
    job = await _asked_export(db, file_format)
    files, folder = LocalFiles(place / "files"), place / "making"
    workshop = Workshop(db, files, folder, ROWS_PER_PART, lambda: datetime.now(UTC))
    began = perf_counter()
    await write_export(workshop, job, terms=TERMS)
    return perf_counter() - began


async def _asked_export(db: Database, file_format: ExportFormat) -> ClaimedJob:
    month = BillingMonth.parse(CYCLE)
    order = ExportOrder(month, month, ExportView.DETAILS, file_format)
    finance = Principal("bench", Role.PARTNER_FINANCE, PARTNER)
    asked = await db.transact(request_export, finance, order=order, terms=TERMS, now=NOW)
    claimant = Claimant("bench", LONG, frozenset({JobKind.EXPORT}))
    job = await db.transact(claim_one, claimant, job_id=asked.job_id, now=NOW)
    if job is None:
        raise SystemExit("The export that was asked for cannot be claimed.")
    return job


STEPS: dict[str, Callable[[Database, Path], Awaitable[float]]] = {
    "import": _import,
    "generation": _generate,
    **{export_step(each): partial(_export, file_format=each) for each in ExportFormat},
}


async def _run(step: str, url: str, place: Path) -> float:
    if step == "migrate":
        began = perf_counter()
        await migrate(url)
        return perf_counter() - began
    async with open_database(url, readers=2, writers=2) as db:
        return await STEPS[step](db, place)


if __name__ == "__main__":
    took = asyncio.run(_run(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
    print(json.dumps({"seconds": took, "peak_mib": peak_mib()}))
