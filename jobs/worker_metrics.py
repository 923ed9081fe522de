"""What one worker has done since it was started."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from jobs.services import Clock

JOBS_RUN = Counter("bills_jobs_run", "Runs of jobs that came to an end here.", ["kind", "outcome"])
JOB_SECONDS = Histogram(
    "bills_job_seconds",
    "How long a run of a job took here, whatever came of it.",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800),
)
JOBS_RUNNING = Gauge("bills_jobs_running_here", "Jobs under way here.")
SWEEPS = Counter("bills_sweeps", "How often jobs were looked for here.", ["outcome"])
LAST_SWEEP = Gauge("bills_last_sweep_timestamp_seconds", "When they were last looked for.")


@contextmanager
def counted_sweep(now: Clock) -> Iterator[None]:
    """Count a sweep by how it ends."""
    try:
        yield
    except Exception:
        SWEEPS.labels("failed").inc()
        raise
    SWEEPS.labels("done").inc()
    LAST_SWEEP.set(now().timestamp())
