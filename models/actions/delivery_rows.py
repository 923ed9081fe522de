"""Deliveries put in, each with its job in the same transaction (rule 2)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.jobs import BATCH, enqueue_all
from models.adapters.database import Tx
from models.reads.delivery_terms import Cut, cuts_json
from models.rules.deliveries import DueFile
from models.rules.jobs import JobKind, NewJob
from models.rules.storage_states import DeliveryKind, DeliveryStatus

_COLUMNS = (
    "partner_id, kind, key, account, cycle, first_day, last_day, due_at, status, through_posting,"
    " is_provisional, attempts, created_at"
)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A daily or monthly file that is due, and how far it goes by currency."""

    due: DueFile
    cuts: dict[str, Cut]


def is_provisional(kind: DeliveryKind, cuts: dict[str, Cut]) -> bool:
    """Whether no bill stands behind a file: a day has none, a month once all are issued (R51)."""
    is_billed = [cut.version_id is not None for cut in cuts.values()]
    return kind is DeliveryKind.DAILY or not is_billed or not all(is_billed)


def deliver_key(delivery_id: int) -> str:
    """The key of a delivery's job: one for ever, which is run again where need be."""
    return f"deliver:{delivery_id}"


def deliver_job(delivery_id: int, run_at: datetime) -> NewJob:
    """The job that delivers a file."""
    arguments = {"delivery_id": delivery_id}
    return NewJob(JobKind.DELIVER, deliver_key(delivery_id), arguments, run_at)


async def add_deliveries(
    tx: Tx, partner_id: int, files: Sequence[NewFile], *, now: datetime
) -> int:
    """Put in those files that are new, to be delivered once they are due; how many were."""
    added = 0
    for start in range(0, len(files), BATCH):
        some = files[start : start + BATCH]
        rows = await _insert(tx, partner_id, some, now)
        due = {file.due.key: file.due.due_at for file in some}
        jobs = [deliver_job(row["id"], due[row["key"]]) for row in rows]
        if jobs:
            await enqueue_all(tx, jobs, now=now)
        added += len(jobs)
    return added


async def _insert(tx: Tx, partner_id: int, files: Sequence[NewFile], now: datetime) -> list[Any]:
    values: list[Any] = [partner_id, DeliveryStatus.SCHEDULED, now]
    rows = []
    for file in files:
        due, n = file.due, len(values)
        places = ", ".join(f"${n + place}" for place in range(1, 8))
        rows.append(f"($1, {places}, $2, ${n + 8}, ${n + 9}, 0, $3)")
        values += [due.kind, due.key, due.account, str(due.span.cycle)]
        values += [due.span.first, due.span.last, due.due_at]
        values += [json.dumps(cuts_json(file.cuts)), is_provisional(due.kind, file.cuts)]
    return await tx.fetch(
        f"INSERT INTO deliveries ({_COLUMNS}) VALUES {', '.join(rows)}"
        " ON CONFLICT (partner_id, key) DO NOTHING RETURNING id, key",
        *values,
    )
