"""The job table: put in, claimed under a lease, finished in one transaction with the effect.

A claim gives a worker the job until its lease ends, and raises the run number. Whoever finishes,
fails, extends or releases a job must still be its owner in that run; otherwise `Superseded` is
raised and the whole transaction, effect included, is rolled back (fencing). `now` is the worker's
own clock: a clock that is wrong can make two workers run a job, never both of them finish it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.actions.audit import Act, record
from models.adapters.database import Tx
from models.rules.errors import Conflict, NotFound
from models.rules.jobs import JobKind, JobStatus, NewJob, next_attempt

# Five values a row stay far below the 32,766 that a statement may bind.
BATCH = 500
ERROR_CHARACTERS = 1000

_HELD = "id = $1 AND status = 'RUNNING' AND owner = $2 AND run = $3"
_FREE = "owner = NULL, lease_until = NULL"


class Superseded(Conflict):
    """The job belongs to another worker by now; nothing of this run may be kept."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A worker process: its unique name, how long a claim lasts, and the kinds it can do."""

    owner: str
    lease: timedelta
    kinds: frozenset[JobKind]


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job in the hands of a worker; `run` numbers the claims of this job, from 1."""

    id: int
    kind: JobKind
    arguments: Mapping[str, Any]
    owner: str
    run: int
    failures: int
    lost_runs: int


async def enqueue(tx: Tx, job: NewJob, *, now: datetime) -> int | None:
    """Put a job in, within the caller's transaction; its id, or None when the key is known.

    Ring the doorbell with the id after the commit; without it, the job waits for the next sweep.
    """
    ids = await enqueue_all(tx, [job], now=now)
    return ids[0] if ids else None


async def enqueue_all(tx: Tx, jobs: Sequence[NewJob], *, now: datetime) -> list[int]:
    """Put in those of at most 500 jobs whose keys are new; their ids."""
    values: list[Any] = [now]
    rows = []
    # Always in the order of keys: two schedulers at once must not wait for each other in a circle.
    for job in sorted(jobs, key=lambda job: job.key):
        n = len(values)
        rows.append(f"(${n + 1}, ${n + 2}, ${n + 3}, ${n + 4}, 'QUEUED', 0, 0, 0, $1)")
        values += [job.kind, job.key, json.dumps(dict(job.arguments)), job.run_at]
    inserted = await tx.fetch(
        "INSERT INTO jobs (kind, key, arguments, run_at, status, run, failures, lost_runs,"
        f" created_at) VALUES {', '.join(rows)} ON CONFLICT (key) DO NOTHING RETURNING id",
        *values,
    )
    return [int(row["id"]) for row in inserted]


async def claim(tx: Tx, claimant: Claimant, *, limit: int, now: datetime) -> list[ClaimedJob]:
    """Take up to `limit` due jobs, those whose worker has fallen silent included (rule 2)."""
    await _requeue_lost(tx, now)
    return await _take(tx, claimant, "TRUE", limit, now)


async def claim_one(tx: Tx, claimant: Claimant, *, job_id: int, now: datetime) -> ClaimedJob | None:
    """Take this job if it is due and nobody has it."""
    taken = await _take(tx, claimant, f"id = {int(job_id)}", 1, now)
    return taken[0] if taken else None


async def _requeue_lost(tx: Tx, now: datetime) -> None:
    await tx.execute(
        "WITH lost AS MATERIALIZED (SELECT id FROM jobs WHERE status = 'RUNNING'"
        f" AND lease_until <= $1 {tx.dialect.skip_locked()})"
        f" UPDATE jobs SET status = 'QUEUED', {_FREE}, lost_runs = lost_runs + 1"
        " WHERE id IN (SELECT id FROM lost)",
        now,
    )


async def _take(
    tx: Tx, claimant: Claimant, which: str, limit: int, now: datetime
) -> list[ClaimedJob]:
    kinds = ", ".join(f"'{kind}'" for kind in sorted(claimant.kinds))
    # Inside coalesce, PostgreSQL does not take the kinds for selective and sort a whole backlog.
    rows = await tx.fetch(
        "WITH due AS MATERIALIZED (SELECT id FROM jobs WHERE status = 'QUEUED' AND run_at <= $1"
        f" AND coalesce(kind IN ({kinds}), FALSE) AND {which}"
        f" ORDER BY run_at LIMIT $2 {tx.dialect.skip_locked()})"
        " UPDATE jobs SET status = 'RUNNING', owner = $3, lease_until = $4, run = run + 1"
        " WHERE id IN (SELECT id FROM due)"
        " RETURNING id, kind, arguments, owner, run, failures, lost_runs",
        now,
        limit,
        claimant.owner,
        now + claimant.lease,
    )
    return [_claimed(row) for row in rows]


def _claimed(row: Any) -> ClaimedJob:
    return ClaimedJob(
        id=int(row["id"]),
        kind=JobKind(row["kind"]),
        arguments=json.loads(row["arguments"]),
        owner=row["owner"],
        run=int(row["run"]),
        failures=int(row["failures"]),
        lost_runs=int(row["lost_runs"]),
    )


async def extend(tx: Tx, job: ClaimedJob, *, lease: timedelta, now: datetime) -> None:
    """Keep the job for another lease; raises Superseded."""
    await _change(tx, job, "lease_until = $4", now + lease)


async def hold(tx: Tx, job: ClaimedJob) -> None:
    """Make sure that the job stays in the hands of this worker until the transaction ends.

    For what a run notes on its way, before its end; raises Superseded.
    """
    await _change(tx, job, "run = run")


async def complete(tx: Tx, job: ClaimedJob, *, now: datetime) -> None:
    """Finish the job: the last statement of the transaction that writes its effect (rule 3).

    Raises Superseded, which rolls that effect back.
    """
    await _change(tx, job, f"status = 'DONE', {_FREE}, error = NULL, finished_at = $4", now)


async def fail(tx: Tx, job: ClaimedJob, error: str, *, now: datetime) -> JobStatus:
    """Note a failure: QUEUED again after a back-off, or PARKED after the last one (rule 4).

    `error` holds no personal data. Raises Superseded.
    """
    run_at = next_attempt(job.failures + 1, job.lost_runs, now, job.kind)
    status = JobStatus.PARKED if run_at is None else JobStatus.QUEUED
    changes = f"status = $4, {_FREE}, failures = failures + 1, error = $5, run_at = $6"
    await _change(tx, job, changes, status, error[:ERROR_CHARACTERS], run_at or now)
    return status


async def release(tx: Tx, job: ClaimedJob) -> None:
    """Give the job back unfinished, for any worker to take at once; raises Superseded."""
    await _change(tx, job, f"status = 'QUEUED', {_FREE}")


async def withdraw(tx: Tx, job: ClaimedJob) -> None:
    """Forget the job, because nothing can be done just now; raises Superseded.

    Its key is free again, so that the schedule asks for it as soon as it is due once more: for one,
    a reissue that finds its bill disputed.
    """
    await _held(tx, job, "DELETE FROM jobs")


async def _change(tx: Tx, job: ClaimedJob, changes: str, *values: Any) -> None:
    await _held(tx, job, f"UPDATE jobs SET {changes}", *values)


async def _held(tx: Tx, job: ClaimedJob, change: str, *values: Any) -> None:
    changed = await tx.execute(f"{change} WHERE {_HELD}", job.id, job.owner, job.run, *values)
    if not changed:
        raise Superseded(f"Job {job.id} is no longer in the hands of this worker.")


async def run_again(tx: Tx, keys: Sequence[str], *, now: datetime) -> list[int]:
    """Let jobs run from now on, with all their attempts, whatever became of them; their ids.

    One that is running is left alone.
    """
    rows = await tx.fetch(
        "UPDATE jobs SET status = 'QUEUED', failures = 0, lost_runs = 0, run_at = $2, error = NULL,"
        f" finished_at = NULL WHERE {tx.dialect.any_of('key', '$1')} AND status <> 'RUNNING'"
        " RETURNING id",
        *(list(keys), now),
    )
    return [int(row["id"]) for row in rows]


async def retry(tx: Tx, *, job_id: int, now: datetime) -> None:
    """Let a parked job run again from now on, with all its attempts; an operator's decision.

    Raises NotFound when no such job is parked.
    """
    changed = await tx.execute(
        "UPDATE jobs SET status = 'QUEUED', failures = 0, lost_runs = 0, run_at = $2"
        " WHERE id = $1 AND status = 'PARKED'",
        job_id,
        now,
    )
    if not changed:
        raise NotFound(f"No job {job_id} is parked.")
    await record(tx, None, Act("RETRY_JOB", f"job {job_id}"), now=now)
