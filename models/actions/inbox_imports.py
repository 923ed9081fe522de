"""Importing a file from the inbox: copied, imported as any file is, and what became of it noted.

The import is a transaction of its own, before the note: a worker that is killed in between leaves
the job to another, which finds the file imported.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.actions.imports import ImportOptions, import_file
from models.actions.inbox_endings import Ending, ending_of, finish_inbox_file, own_name
from models.actions.jobs import ClaimedJob, complete
from models.actions.run_folders import run_folder
from models.actions.threads import in_thread
from models.adapters.database import Database
from models.adapters.files import FULL, FileStore
from models.adapters.shelves import Shelf
from models.rules.errors import ErrorCode, InvalidInput, NotFound, Unavailable
from models.rules.inbox import rejects_key
from models.rules.storage_states import InboxStatus
from models.tables.inbox import InboxFile

COPIED_BYTES = 1 << 20
_MOVED_ON = "It was changed or taken away before it was imported; what lies there now is seen anew."


@dataclass(frozen=True, slots=True)
class InboxDesk:
    """What is needed to import from the inbox; `folder` is for temporary copies."""

    db: Database
    inbox: Shelf
    files: FileStore
    folder: Path
    options: ImportOptions
    most_bytes: int


async def import_inbox_file(
    desk: InboxDesk, job: ClaimedJob, *, now: Callable[[], datetime]
) -> Ending | None:
    """Import the file of a claimed IMPORT_FILE job; None when that was done before.

    A file that cannot be imported is REFUSED or FAILED, with the reason. Raises Unavailable, to be
    tried again, and Superseded.
    """
    file = await InboxFile.get(id=job.arguments["inbox_file_id"])
    if file.status not in {InboxStatus.SEEN, InboxStatus.FAILED}:
        await desk.db.transact(complete, job, now=now())
        return None
    async with run_folder(desk.folder, own_name(file.id), job.run) as folder:
        ending = await _take(desk, file, folder, now)
    await desk.db.transact(finish_inbox_file, job, ending, now=now())
    return ending


async def _take(
    desk: InboxDesk, file: InboxFile, folder: Path, now: Callable[[], datetime]
) -> Ending:
    copy = folder / own_name(file.id)
    try:
        is_whole = await in_thread(_copied, desk, file, copy)
        if not is_whole:
            return Ending(InboxStatus.FAILED, failure=_MOVED_ON)
        result = await import_file(desk.db, copy, _options(desk, folder), now=now())
    except InvalidInput as refused:
        return Ending(InboxStatus.REFUSED, failure=refused.message)
    if result.rejects:
        await in_thread(_keep_rejects, desk.files, result.rejects, rejects_key(file.id))
    return await desk.db.transact(ending_of, file.id, result)


def _options(desk: InboxDesk, folder: Path) -> ImportOptions:
    given = desk.options
    return ImportOptions(given.secret, given.creates_missing, given.skips_bad_rows, folder)


def _copied(desk: InboxDesk, file: InboxFile, copy: Path) -> bool:
    """Whether the copy is the very content that was seen."""
    if desk.inbox.tag(file.object_key) != file.tag:
        return False
    try:
        found = desk.inbox.open(file.object_key, desk.most_bytes)
        with closing(found), copy.open("xb") as written:
            shutil.copyfileobj(found, written, COPIED_BYTES)
    except NotFound:
        return False
    except InvalidInput as unreadable:
        # Without its name; who mends its rights can let the job run again.
        raise Unavailable("The file may not be read.") from unreadable
    except OSError as failed:
        if failed.errno not in FULL:
            raise
        text = "There is no room for a copy of the file; nothing was imported."
        raise Unavailable(text, ErrorCode.STORAGE_FULL) from failed
    is_same = desk.inbox.tag(file.object_key) == file.tag
    return is_same and copy.stat().st_size == file.size_bytes


def _keep_rejects(files: FileStore, rejects: Path, key: str) -> None:
    with closing(files.create(key)) as kept, rejects.open("rb") as written:
        while chunk := written.read(COPIED_BYTES):
            kept.write(chunk)
        kept.commit()
