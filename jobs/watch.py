"""What goes around every run of a job: its name in each log line, figures, and a span."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter, time_ns

from structlog.contextvars import bound_contextvars

from jobs.worker_metrics import JOB_SECONDS, JOBS_RUN, JOBS_RUNNING
from models.actions.jobs import ClaimedJob
from models.adapters.tracing import Span, Tracing


class RunOutcome(StrEnum):
    """How one run of a job ended, for this worker."""

    DONE = "done"
    FAILED = "failed"  # it is tried again
    PARKED = "parked"
    SUPERSEDED = "superseded"
    RELEASED = "released"
    LOST = "lost"  # the database was away when it ended: the lease runs out


@dataclass(slots=True)
class Run:
    """One run of a job while it lasts."""

    outcome: RunOutcome = RunOutcome.LOST


@contextmanager
def watched(job: ClaimedJob, tracing: Tracing | None) -> Iterator[Run]:
    """Watch a run; whoever runs it notes the outcome."""
    run, began, began_at = Run(), perf_counter(), time_ns()
    JOBS_RUNNING.inc()
    try:
        with bound_contextvars(job=job.id, kind=job.kind.value, run=job.run):
            yield run
    finally:
        JOBS_RUNNING.dec()
        JOBS_RUN.labels(job.kind.value, run.outcome.value).inc()
        JOB_SECONDS.labels(job.kind.value).observe(perf_counter() - began)
        if tracing:
            tracing.tell(_span(job, run, began_at))


def _span(job: ClaimedJob, run: Run, began: int) -> Span:
    attributes = {
        "bills.job.id": job.id,
        "bills.job.kind": job.kind.value,
        "bills.job.run": job.run,
        "bills.job.outcome": run.outcome.value,
    }
    has_failed = run.outcome in {RunOutcome.FAILED, RunOutcome.PARKED, RunOutcome.LOST}
    return Span(
        f"job {job.kind.value}", "CONSUMER", began, time_ns(), attributes, has_failed=has_failed
    )
