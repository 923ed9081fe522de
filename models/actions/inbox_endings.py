"""What became of a file in the inbox, as it is noted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.imports import ImportOutcome, ImportResult
from models.actions.jobs import ClaimedJob, complete
from models.adapters.database import Tx
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import told_reason
from models.rules.storage_states import InboxStatus

FAILURE_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a file; `import_id` where it was imported, `failure` where it was not."""

    status: InboxStatus
    rows: int | None = None
    rejected: int | None = None
    import_id: int | None = None
    failure: str | None = None


def own_name(inbox_file_id: int) -> str:
    """What we call the file: what others call it may be about people."""
    return public_id(IdPrefix.INBOX_FILE, inbox_file_id)


async def ending_of(tx: Tx, inbox_file_id: int, result: ImportResult) -> Ending:
    """What an import has made of a file."""
    if result.outcome is ImportOutcome.REFUSED:
        return Ending(
            InboxStatus.REFUSED, result.rows, result.rejected, failure=_broken_rows(result)
        )
    rows = await tx.fetch(
        "SELECT max(id) AS id FROM imports WHERE file_name = $1", own_name(inbox_file_id)
    )
    # Imported now, or by a worker that was killed before it could say so.
    is_own = rows[0]["id"] is not None
    status = InboxStatus.IMPORTED if is_own else InboxStatus.KNOWN
    return Ending(status, result.rows, result.rejected, rows[0]["id"])


async def finish_inbox_file(tx: Tx, job: ClaimedJob, ending: Ending, *, now: datetime) -> None:
    """Say what became of a file; finishes the job, or raises Superseded (rule 3)."""
    await _note(tx, job, ending, now)
    await complete(tx, job, now=now)


async def fail_inbox_file(tx: Tx, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Say that a file was not imported, and why: the job was given up."""
    failure = told_reason(reason, "The file could not be imported")
    await _note(tx, job, Ending(InboxStatus.FAILED, failure=failure), now)


async def _note(tx: Tx, job: ClaimedJob, ending: Ending, now: datetime) -> None:
    values: tuple[Any, ...] = (ending.status, ending.rows, ending.rejected, ending.import_id)
    await tx.execute(
        "UPDATE inbox_files SET status = $2, rows = $3, rejected = $4, import_id = $5,"
        " failure = $6, finished_at = $7 WHERE id = $1 AND status IN ('SEEN', 'FAILED')",
        *(job.arguments["inbox_file_id"], *values),
        *(ending.failure[:FAILURE_CHARACTERS] if ending.failure else None, now),
    )


def _broken_rows(result: ImportResult) -> str:
    first = result.problems[0]
    column = f", {first.column}" if first.column else ""
    return (
        f"{result.rejected:,} of {result.rows:,} rows are broken, nothing was stored; the first:"
        f" line {first.line}{column}: {first.reason.removesuffix('.')}."
    )
