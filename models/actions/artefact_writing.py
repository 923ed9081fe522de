"""A large file from its rows to its place, from wherever an earlier run has left it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from models.actions.artefact_leavings import clear_earlier_runs, start_over
from models.actions.artefact_parts import Part, Share, added_shares, recorded_parts
from models.actions.artefact_rows import OutOfBalance, RowsInTheMaking
from models.actions.artefact_sheets import Press
from models.actions.artefact_zips import DamagedPart, GrowingZip, ZipPlace, write_zip
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
        async with _press(workshop, job, artefact, is_first=not parts) as press:
            rows = RowsInTheMaking(workshop, job, press, pace, parts)
            await rows.write()
            return await _put_together(press, rows.parts, pace)
    except (OutOfBalance, DamagedPart):
        await start_over(workshop.db, workshop.files, job, owner)
        raise


@asynccontextmanager
async def _press(
    workshop: Workshop, job: ClaimedJob, artefact: Artefact, *, is_first: bool
) -> AsyncIterator[Press]:
    people = await customers_of(workshop.db, artefact.partner_id)
    columns = selected_columns(artefact.columns, artefact.control)
    scrubber = await in_thread(Scrubber, people, finder_of)
    lines = SafeLines(columns, scrubber, artefact.format)
    expected = sum(rows.expected_rows or 0 for rows in artefact.rows)
    is_zipped = artefact.is_always_zipped or expected > workshop.rows_per_part
    async with run_folder(workshop.folder, artefact.owner, job.run) as folder:
        press = Press(artefact, workshop.files, lines, folder, job.run, workshop.rows_per_part)
        if not (is_first and is_zipped):
            yield press
            return
        growing = await in_thread(GrowingZip, _zip_place(press), artefact.format)
        try:
            yield replace(press, zip=growing)
        finally:
            await in_thread(growing.close)


async def _put_together(press: Press, parts: Sequence[Part], pace: Pace) -> WrittenArtefact:
    """The only part as it is, or a zip of all of them."""
    artefact = press.artefact
    manifest = _manifest(artefact, parts)
    if artefact.is_always_zipped or len(parts) > 1:
        place = _zip_place(press)
        file = await _zipped(press, parts, manifest, pace)
        return WrittenArtefact(place.key, file, place.file_name, manifest)
    name = f"{artefact.stem}.{extension(artefact.format)}"
    return WrittenArtefact(parts[0].object_key, parts[0].file, name, manifest)


def _zip_place(press: Press) -> ZipPlace:
    artefact = press.artefact
    key = zip_key(artefact.owner, press.run)
    return ZipPlace(press.files, key, f"{artefact.stem}.{ZIP}")


async def _zipped(
    press: Press, parts: Sequence[Part], manifest: Manifest, pace: Pace
) -> StoredFile:
    if press.zip and (whole := await in_thread(press.zip.finish, manifest)):
        return whole
    steps = write_zip(_zip_place(press), parts, manifest)
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
    name = part_name(artefact.parts_stem, part.number, extension(artefact.format))
    sums = added_up({artefact.rows[s.stretch].currency: s.total} for s in part.shares)
    return ManifestPart(name, part.rows, part.file.size, part.file.sha256, sums)
