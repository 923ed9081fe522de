"""What the making of a file leaves behind, and how it goes away.

Files of a run that may still go on are never touched: whoever clears either holds the job, or looks
what is there, then makes sure that the owner is not in the making, and only then removes it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from models.actions.artefact_parts import forget_parts
from models.actions.jobs import ClaimedJob, complete, enqueue, hold
from models.actions.threads import in_thread
from models.adapters.database import Database, Tx
from models.adapters.files import FileStore
from models.rules.artefacts import artefact_folder, run_of
from models.rules.exports import UNFINISHED, ExportStatus
from models.rules.ids import IdPrefix, parse_public_id
from models.rules.jobs import JobKind, NewJob
from models.rules.storage_states import DeliveryStatus

_NOTHING_TO_COME = {DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.SKIPPED}


async def release_artefact(tx: Tx, job: ClaimedJob, owner: str, *, now: datetime) -> None:
    """Let go of all files of an owner but the one that it offers, once this is committed.

    Belongs to the transaction in which the owner is finished or given up by its job.
    """
    await forget_parts(tx, owner)
    key = f"discard:{owner}:{job.run}"
    await enqueue(tx, NewJob(JobKind.DISCARD_FILES, key, {"owner": owner}, now), now=now)


async def discard_files(db: Database, files: FileStore, job: ClaimedJob, *, now: datetime) -> None:
    """Do a claimed DISCARD_FILES job."""
    await discard_artefact(db, files, job.arguments["owner"])
    await db.transact(complete, job, now=now)


async def discard_artefact(db: Database, files: FileStore, owner: str) -> None:
    """Remove all files of an owner but the one that it offers; none while it is in the making."""
    there = await in_thread(_keys, files, owner)
    kept = await db.transact(_let_go, owner)
    if kept is not None:
        await in_thread(_remove, files, there - kept)


async def start_over(db: Database, files: FileStore, job: ClaimedJob, owner: str) -> None:
    """Throw away what a file in the making has so far; raises Superseded."""
    there = await in_thread(_keys, files, owner)
    await db.transact(_forget_held, job, owner)
    await in_thread(_remove, files, there)


def clear_earlier_runs(files: FileStore, owner: str, *, run: int, kept: Collection[str]) -> None:
    """Remove what runs before this one left unfinished; blocks."""
    _remove(files, (key for key in _keys(files, owner) - set(kept) if run_of(key) < run))


async def _let_go(tx: Tx, owner: str) -> set[str] | None:
    """The keys that an owner keeps, its parts forgotten; None while it is in the making."""
    is_export = parse_public_id(owner, IdPrefix.EXPORT) is not None
    kept = await (_kept_export if is_export else _kept_delivery)(tx, owner)
    if kept is not None:
        await forget_parts(tx, owner)
    return kept


async def _kept_export(tx: Tx, owner: str) -> set[str] | None:
    row = await tx.fetch_one(
        "SELECT status, object_key FROM export_jobs WHERE id = $1",
        parse_public_id(owner, IdPrefix.EXPORT),
    )
    if row and row["status"] in UNFINISHED:
        return None
    if row and row["status"] == ExportStatus.SUCCEEDED:
        return {row["object_key"]}
    return set()


async def _kept_delivery(tx: Tx, owner: str) -> set[str] | None:
    row = await tx.fetch_one(
        "SELECT status FROM deliveries WHERE id = $1", parse_public_id(owner, IdPrefix.DELIVERY)
    )
    return None if row and row["status"] not in _NOTHING_TO_COME else set()


async def _forget_held(tx: Tx, job: ClaimedJob, owner: str) -> None:
    await hold(tx, job)
    await forget_parts(tx, owner)


def clear(files: FileStore, owner: str) -> None:
    """Remove all files of an owner; blocks."""
    _remove(files, _keys(files, owner))


def _keys(files: FileStore, owner: str) -> set[str]:
    """Also what was begun and left so."""
    folder = artefact_folder(owner)
    return {entry.key for entry in files.list(folder)} | set(files.begun(folder))


def _remove(files: FileStore, keys: Iterable[str]) -> None:
    for key in keys:
        files.remove(key)
