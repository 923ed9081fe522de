"""Files that others put in the inbox: seen once for each content, each with its job (rule 2).

A file stays where it is, whatever became of it: nothing in the inbox is ever changed or removed by
us. Put there anew under its name, with another content or another time, it is seen again.
"""

from collections.abc import Sequence
from datetime import datetime

from models.actions.jobs import enqueue_all
from models.adapters.database import Tx
from models.adapters.shelves import Item
from models.rules.inbox import LONGEST_NAME, is_kept_name, stored_name
from models.rules.jobs import JobKind, NewJob
from models.rules.storage_states import InboxStatus

_ODD_NAME = f"Its name is not UTF-8, or longer than {LONGEST_NAME} characters: rename it."


async def note_seen(tx: Tx, items: Sequence[Item], *, most_bytes: int, now: datetime) -> list[int]:
    """Note files, at most 500, that may be new, each with the job that imports it; the jobs' ids.

    What can never be imported is noted as REFUSED at once, and why.
    """
    new = []
    for item in items:
        failure = _refusal(item, most_bytes)
        inbox_file_id = await _note(tx, item, failure, now)
        if inbox_file_id is not None and failure is None:
            arguments = {"inbox_file_id": inbox_file_id}
            new.append(NewJob(JobKind.IMPORT_FILE, f"import:{inbox_file_id}", arguments, now))
    return await enqueue_all(tx, new, now=now) if new else []


def _refusal(item: Item, most_bytes: int) -> str | None:
    if not is_kept_name(item.name):
        return _ODD_NAME
    if item.size > most_bytes:
        return f"It has {item.size:,} bytes; at most {most_bytes:,} are taken (BILLS_INBOX_BYTES)."
    return None


async def _note(tx: Tx, item: Item, failure: str | None, now: datetime) -> int | None:
    """The id of the new row; None when the file is known."""
    rows = await tx.fetch(
        "INSERT INTO inbox_files (object_key, tag, size_bytes, status, failure, seen_at,"
        " finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (object_key, tag) DO NOTHING RETURNING id",
        *(stored_name(item.name), item.tag, item.size),
        *(InboxStatus.REFUSED if failure else InboxStatus.SEEN, failure),
        *(now, now if failure else None),
    )
    return int(rows[0]["id"]) if rows else None
