"""Delivering one file: made in our own store, put into the partner's bucket, then said so.

A file is put only where there is none of its name, and its manifest last: whoever sees that sees a
whole file (R69). A run that was killed is followed by one that makes the same bytes under the same
name, so nothing is there twice, and nothing is torn. What was delivered is only looked for, and put
again where it is gone (R47).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from models.actions.artefact_writing import write_artefact
from models.actions.artefacts import Progress, Workshop, WrittenArtefact
from models.actions.delivery_files import delivery_artefact
from models.actions.delivery_moves import (
    Started,
    finish_delivery,
    keep_delivery,
    postpone_delivery,
    start_delivery,
)
from models.actions.delivery_proofs import holds_delivered
from models.actions.jobs import ClaimedJob, Superseded, hold
from models.actions.storage import opened
from models.adapters.bucket_port import Bucket, Content
from models.adapters.buckets import Buckets
from models.adapters.vault import Vault
from models.rules.errors import BillingError, Unavailable
from models.rules.manifests import ManifestFile, manifest_name, manifest_text
from models.tables.storage import StorageDestination


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What is needed to deliver: `nonce` gives a random number below 10^10 for a file's name."""

    workshop: Workshop
    buckets: Buckets
    vault: Vault
    nonce: Callable[[], int]


async def deliver(dispatch: Dispatch, job: ClaimedJob) -> None:
    """Deliver the file of a claimed DELIVER job, or note why it could not be.

    Raises Unavailable with what was wrong while there are attempts left, so that the job is tried
    again; and Superseded.
    """
    db, now = dispatch.workshop.db, dispatch.workshop.now
    started = await db.transact(start_delivery, job, nonce=dispatch.nonce(), now=now())
    if started is None:
        return
    if await _is_kept(dispatch, started):
        await db.transact(keep_delivery, job, started, now=now())
        return
    try:
        written, destination = await _deliver(dispatch, job, started)
    except Superseded:
        raise
    except BillingError as refused:
        if await db.transact(postpone_delivery, job, refused, now=now()):
            raise Unavailable(refused.message) from refused
        return
    await db.transact(finish_delivery, job, written, destination, now=now())


async def _deliver(
    dispatch: Dispatch, job: ClaimedJob, started: Started
) -> tuple[WrittenArtefact, StorageDestination]:
    artefact = await delivery_artefact(dispatch.workshop.db, started.delivery)
    written = await write_artefact(dispatch.workshop, job, artefact, on_progress=_unheard)
    if started.former and await _is_there(dispatch, started.former, written):
        return written, started.former
    await _put(dispatch, job, started.destination, written)
    return written, started.destination


async def _unheard(_progress: Progress) -> None:
    """A delivery tells nobody how far it is: it is soon there."""


async def _put(
    dispatch: Dispatch, job: ClaimedJob, destination: StorageDestination, written: WrittenArtefact
) -> None:
    """Put the file and its manifest, or leave nothing: a file without that is taken away (R55)."""
    files, file = dispatch.workshop.files, written.file
    chunks = partial(files.read, written.object_key, 0, file.size)
    manifest = Content.of(_beside(written), "application/json")
    async with opened(destination, dispatch.buckets, dispatch.vault) as bucket:
        content = Content(file, chunks, "application/zip")
        is_new = await bucket.put_if_absent(written.file_name, content)
        try:
            await bucket.put_if_absent(manifest_name(written.file_name), manifest)
        except BillingError:
            if is_new:
                await dispatch.workshop.db.transact(hold, job)  # or it is another run's by now
                await _take_away(bucket, written.file_name, manifest)
            raise


async def _take_away(bucket: Bucket, file_name: str, manifest: Content) -> None:
    """Remove a file unless its manifest has arrived after all, as far as the store answers."""
    with suppress(BillingError):
        if not await bucket.has(manifest_name(file_name), manifest):
            await bucket.remove(file_name)


def _beside(written: WrittenArtefact) -> bytes:
    file = ManifestFile(written.file_name, written.file.size, written.file.sha256)
    return manifest_text(replace(written.manifest, file=file)).encode()


async def _is_kept(dispatch: Dispatch, started: Started) -> bool:
    """Whether what was delivered is where it was put, and its manifest beside it."""
    place = started.former or started.destination
    return started.delivered is not None and await _holds(dispatch, place, started.delivered)


async def _is_there(
    dispatch: Dispatch, former: StorageDestination, written: WrittenArtefact
) -> bool:
    """Whether an attempt before got to its end in another bucket, only nobody heard of it."""
    file = ManifestFile(written.file_name, written.file.size, written.file.sha256)
    return await _holds(dispatch, former, file)


async def _holds(dispatch: Dispatch, place: StorageDestination, file: ManifestFile) -> bool:
    try:
        async with opened(place, dispatch.buckets, dispatch.vault) as bucket:
            return await holds_delivered(bucket, file)
    except BillingError:
        return False  # as far as anyone can see
