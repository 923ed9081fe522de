"""Attending to one claimed job: its lease is kept while it runs, and its failure is noted.

Whatever goes wrong in a job ends here. A refusal of our own is kept word for word. Of any other
error only the type and an id are kept, as its text may hold personal data; its frames are logged.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime

import structlog

from jobs.services import Clock, Runner, Services
from jobs.survive import survive
from jobs.watch import RunOutcome, watched
from models.actions import jobs
from models.actions.jobs import ClaimedJob, Superseded
from models.adapters.database import Tx
from models.adapters.logs import frames_of
from models.rules.errors import BillingError, Unavailable
from models.rules.jobs import LOST_RUNS, JobKind, JobStatus

# Far longer than any job takes: whatever is still running then hangs.
JOB_SECONDS = 3600
BEATS_PER_LEASE = 3
# A thread cannot be stopped; its job is given back all the same.
LAST_SECONDS = 2

log = structlog.get_logger()


class Attendant:
    """Runs claimed jobs, one call each."""

    def __init__(self, services: Services, runners: Mapping[JobKind, Runner], clock: Clock) -> None:
        self._services = services
        self._db = services.db
        self._lease = services.settings.lease
        self._runners = runners
        self._clock = clock

    async def attend(self, job: ClaimedJob) -> None:
        """Run the job to its end; when cancelled, give it back, so that others take it at once."""
        with watched(job, self._services.tracing) as run:
            work = asyncio.create_task(self._work(job))
            try:
                await self._keep(job, work)
            except asyncio.CancelledError:
                work.cancel()
                # Not waited for any longer: it is fenced off, and this process ends.
                await asyncio.wait({work}, timeout=LAST_SECONDS)
                with contextlib.suppress(Superseded):
                    await self._db.transact(jobs.release, job)
                run.outcome = RunOutcome.RELEASED
                raise
            run.outcome = await self._note(job, work)

    async def _work(self, job: ClaimedJob) -> None:
        if job.lost_runs >= LOST_RUNS:
            raise Unavailable(f"The job's worker ended {job.lost_runs} times while it ran.")
        try:
            async with asyncio.timeout(JOB_SECONDS) as limit:
                await self._runners[job.kind].run(self._services, job, self._clock)
        except TimeoutError as late:
            if not limit.expired():
                raise
            raise Unavailable(f"The job was stopped after {JOB_SECONDS} s.") from late

    async def _keep(self, job: ClaimedJob, work: asyncio.Task[None]) -> None:
        beat = self._lease.total_seconds() / BEATS_PER_LEASE
        while not (await asyncio.wait({work}, timeout=beat))[0]:
            await survive("lease_not_extended", self._extend, job, work)

    async def _extend(self, job: ClaimedJob, work: asyncio.Task[None]) -> None:
        try:
            await self._db.transact(jobs.extend, job, lease=self._lease, now=self._clock())
        except Superseded:
            # The other transactions of this run could only be rolled back.
            await _end(work)

    async def _note(self, job: ClaimedJob, work: asyncio.Task[None]) -> RunOutcome:
        error = Superseded("") if work.cancelled() else work.exception()
        if error is None:
            log.info("job_done", job=job.id, kind=job.kind.value, run=job.run)
            return RunOutcome.DONE
        try:
            if isinstance(error, Superseded):
                raise error
            return await self._fail(job, error)
        except Superseded:
            log.warning("job_superseded", job=job.id, kind=job.kind.value, run=job.run)
            return RunOutcome.SUPERSEDED

    async def _fail(self, job: ClaimedJob, error: BaseException) -> RunOutcome:
        reason = _reason(job, error)
        status = await self._db.transact(self._give_up, job, reason, now=self._clock())
        is_parked = status is JobStatus.PARKED
        level = log.error if is_parked else log.warning
        level("job_failed", job=job.id, kind=job.kind.value, status=status.value, reason=reason)
        return RunOutcome.PARKED if is_parked else RunOutcome.FAILED

    async def _give_up(self, tx: Tx, job: ClaimedJob, reason: str, *, now: datetime) -> JobStatus:
        status = await jobs.fail(tx, job, reason, now=now)
        on_parked = self._runners[job.kind].on_parked
        if on_parked is not None and status is JobStatus.PARKED:
            await on_parked(tx, job, reason, now)
        return status


async def _end(work: asyncio.Task[None]) -> None:
    work.cancel()
    await asyncio.wait({work})


def _reason(job: ClaimedJob, error: BaseException) -> str:
    if isinstance(error, BillingError):
        return f"{type(error).__name__}: {error.message}"
    error_id = f"job-{job.id}-{job.run}"
    log.error("job_broke", error_id=error_id, type=type(error).__name__, frames=frames_of(error))
    return f"{type(error).__name__} ({error_id})"
