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
# A job that takes its worker down with it must not do so for ever.
LOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to be done from `run_at` on, exactly once for its key; `arguments` hold ids only."""

    kind: JobKind
    key: str
    arguments: Mapping[str, int | str]
    run_at: datetime


def next_attempt(failures: int, lost_runs: int, now: datetime) -> datetime | None:
    """When to try again after that many failures (at least 1); None: park the job (rule 4)."""
    if failures > len(BACK_OFF) or lost_runs >= LOST_RUNS:
        return None
    return now + BACK_OFF[failures - 1]
