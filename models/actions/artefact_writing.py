"""A large file from its rows to its place, from wherever an earlier run has left it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from models.actions.artefact_leavings import clear_earlier_runs, start_over
from models.actions.artefact_parts import Part, Share, added_shares, recorded_parts
from models.actions.artefact_rows import OutOfBalance, RowsInTheMaking
from models.actions.artefact_sheets import Press
from models.actions.artefact_zips import DamagedPart, ZipPlace, write_zip
from models.actions.artefacts import (
    Artefact,
    OnProgress,
    Pace,
    Progress,
    Workshop,
    WrittenArtefact,
)
from models.actions.jobs import ClaimedJob
from models.actions.run_folders import run_folder
from models.actions.threads import in_thread
from models.adapters.files import StoredFile
from models.adapters.text_search import finder_of
from models.reads.exports import customers_of
from models.rules.anonymity_text import Scrubber
from models.rules.artefacts import ZIP, part_name, zip_key
from models.rules.export_columns import selected_columns
from models.rules.export_lines import SafeLines
from models.rules.exports import extension
from models.rules.manifests import Manifest, ManifestBill, ManifestPart, added_up
from models.rules.money import EXACT


async def write_artefact(
    workshop: Workshop, job: ClaimedJob, artefact: Artefact, *, on_progress: OnProgress
) -> WrittenArtefact:
    """Write the file of a claimed job, or go on writing it; it stays until the owner is released.

    Raises Conflict (BILL_OUT_OF_BALANCE), Unavailable (STORAGE_FULL), Superseded, and whatever
    `on_progress` does.
    """
    owner = artefact.owner
    parts = await workshop.db.transact(recorded_parts, owner)
    kept = {part.object_key for part in parts}
    await in_thread(clear_earlier_runs, workshop.files, owner, run=job.run, kept=kept)
    begun = Progress(sum(part.rows for part in parts), sum(part.file.size for part in parts))
    pace = Pace(workshop, on_progress, begun=begun)
    await pace.begin()
    try:
        async with _press(workshop, job, artefact) as press:
            rows = RowsInTheMaking(workshop, job, press, pace, parts)
            await rows.write()
        return await _put_together(workshop, job, artefact, rows.parts, pace)
    except (OutOfBalance, DamagedPart):
        await start_over(workshop.db, workshop.files, job, owner)
        raise


@asynccontextmanager
async def _press(workshop: Workshop, job: ClaimedJob, artefact: Artefact) -> AsyncIterator[Press]:
    people = await customers_of(workshop.db, artefact.partner_id)
    columns = selected_columns(artefact.columns, artefact.control)
    scrubber = await in_thread(Scrubber, people, finder_of)
    lines = SafeLines(columns, scrubber, artefact.format)
    async with run_folder(workshop.folder, artefact.owner, job.run) as folder:
        yield Press(artefact, workshop.files, lines, folder, job.run, workshop.rows_per_part)


async def _put_together(
    workshop: Workshop, job: ClaimedJob, artefact: Artefact, parts: Sequence[Part], pace: Pace
) -> WrittenArtefact:
    """The only part as it is, or a zip of all of them."""
    manifest = _manifest(artefact, parts)
    is_zipped = artefact.is_always_zipped or len(parts) > 1
    name = f"{artefact.stem}.{ZIP if is_zipped else extension(artefact.format)}"
    key, file = parts[0].object_key, parts[0].file
    if is_zipped:
        key = zip_key(artefact.owner, job.run)
        file = await _zipped(ZipPlace(workshop.files, key, name), parts, manifest, pace)
    return WrittenArtefact(
        object_key=key,
        file=file,
        file_name=name,
        manifest=manifest,
    )


async def _zipped(
    place: ZipPlace, parts: Sequence[Part], manifest: Manifest, pace: Pace
) -> StoredFile:
    steps = write_zip(place, parts, manifest)
    try:
        while (file := await in_thread(steps.__next__)) is None:
            await pace.note()
    finally:
        await in_thread(steps.close)
    return file


def _manifest(artefact: Artefact, parts: Sequence[Part]) -> Manifest:
    shares = added_shares(share for part in parts for share in part.shares)
    bills: dict[tuple[str, int], ManifestBill] = {}
    for stretch, rows in enumerate(artefact.rows):
        if rows.bill:
            bill = bills.setdefault((rows.bill.bill, rows.bill.version), rows.bill)
            bills[bill.bill, bill.version] = _with_share(bill, shares.get(stretch))
    said = tuple(_said(artefact, part) for part in parts)
    return replace(artefact.manifest, bills=tuple(bills.values()), parts=said)


def _with_share(bill: ManifestBill, share: Share | None) -> ManifestBill:
    if share is None:
        return bill
    return replace(bill, rows=bill.rows + share.rows, total=EXACT.add(bill.total, share.total))


def _said(artefact: Artefact, part: Part) -> ManifestPart:
    name = part_name(artefact.stem, part.number, extension(artefact.format))
    sums = added_up({artefact.rows[s.stretch].currency: s.total} for s in part.shares)
    return ManifestPart(name, part.rows, part.file.size, part.file.sha256, sums)
