"""Jobs: the kinds of work that is done later, and what happens when it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class JobKind(StrEnum):
    """What is to be done; the arguments of each are ids and dates only."""

    ISSUE_BILLS = "ISSUE_BILLS"
    REISSUE_BILL = "REISSUE_BILL"
    ESTIMATE = "ESTIMATE"
    EXPORT = "EXPORT"
    EXPIRE_EXPORT = "EXPIRE_EXPORT"
    COLLECT_PAYMENT = "COLLECT_PAYMENT"
    REFUND_PAYMENT = "REFUND_PAYMENT"
    WRITE_INVOICE = "WRITE_INVOICE"
    SEND_WEBHOOK = "SEND_WEBHOOK"
    DISCARD_FILES = "DISCARD_FILES"
    SCHEDULE_DELIVERIES = "SCHEDULE_DELIVERIES"
    DELIVER = "DELIVER"
    IMPORT_FILE = "IMPORT_FILE"


class JobStatus(StrEnum):
    """Waiting, owned by a worker, finished, or given up until an operator looks at it."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    PARKED = "PARKED"


BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
# What waits for strangers to mend their store is tried once a day after that (R57).
_DAILY = (timedelta(days=1),) * 5
# A job that takes its worker down with it must not do so for ever.
LOST_RUNS = 20
# How often a worker shows that it lives, with or without a job.
SIGN_SECONDS = 20


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done from `run_at` on, exactly once for its key; `arguments` hold ids only."""

    kind: JobKind
    key: str
    arguments: Mapping[str, int | str]
    run_at: datetime


def told_reason(reason: str, undone: str) -> str:
    """Why a job was given up, for those whom it concerns; `undone` says what did not happen.

    A refusal of our own comes as its kind and what it says. Anything else comes as a type and an
    id, which support can look up.
    """
    _, told, message = reason.partition(": ")
    return message if told else f"{undone} ({reason})."


def next_attempt(
    failures: int, lost_runs: int, now: datetime, kind: JobKind | None = None
) -> datetime | None:
    """When to try again after that many failures (at least 1); None: park the job (rule 4).

    A delivery is tried again for five days longer than anything else (R57).
    """
    pauses = BACK_OFF + _DAILY if kind is JobKind.DELIVER else BACK_OFF
    if failures > len(pauses) or lost_runs >= LOST_RUNS:
        return None
    return now + pauses[failures - 1]
