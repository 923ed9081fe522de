"""The worker: claims jobs, runs them, keeps their leases, and asks the schedule what is due.

    sweep      every few seconds: claim what is due or was lost, as far as there are free places
    doorbell   the same for one job, at once
    schedule   every minute: put in what is due and not done
    inbox      the same for files that others put there
    sign       every 20 seconds: show that this worker lives
    attend     one per running job: extends its lease, notes its failure

Everything that matters is in the job table. A worker may be killed anywhere; another one takes over
when the lease has run out, and whatever the dead one had not committed has not happened.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import NoReturn

import structlog

from jobs.attend import JOB_SECONDS, Attendant
from jobs.doorbell import Doorbell
from jobs.inbox import look_in_inbox
from jobs.schedule import enqueue_due
from jobs.services import Clock, Runner, Services
from jobs.survive import end, survive
from jobs.worker_metrics import counted_sweep
from models.actions import jobs
from models.actions.jobs import Claimant, ClaimedJob
from models.actions.workers import sign_in, sign_out
from models.rules.jobs import SIGN_SECONDS, JobKind

PLACES = 4
# Of these, what a sweep leaves free for jobs that somebody waits for.
RUNG_PLACES = 1
# And what jobs may take that wait for strangers, or are as large as those like: they must not keep
# bills from being issued.
OUTSIDE_PLACES = 2
OUTSIDE = frozenset({JobKind.SEND_WEBHOOK, JobKind.DELIVER, JobKind.IMPORT_FILE})
GRACE_SECONDS = 25

log = structlog.get_logger()


class Worker:
    """One process's share of the work, until `stop` is called."""

    def __init__(
        self, services: Services, runners: Mapping[JobKind, Runner], *, owner: str, clock: Clock
    ) -> None:
        self._services = services
        self._db = services.db
        self._settings = services.settings
        self._attendant = Attendant(services, runners, clock)
        self._clock = clock
        self._claimant = Claimant(owner, self._settings.lease, frozenset(runners))
        self._running: set[asyncio.Task[None]] = set()
        self._outside: set[asyncio.Task[None]] = set()
        self._answers: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._has_more = False
        url = self._settings.redis_url
        self._doorbell = Doorbell(url, self._answer) if url else None

    async def run(self) -> None:
        """Work until `stop` is called; then let running jobs finish, and give back the others."""
        log.info("worker_started", owner=self._claimant.owner)
        sweeps = asyncio.create_task(self._sweep_until_stopped())
        helpers = [
            asyncio.create_task(self._ask("schedule_failed", self._enqueue_due)),
            asyncio.create_task(self._ask("inbox_failed", self._look_in_inbox)),
            asyncio.create_task(self._keep_signing_in()),
        ]
        if self._doorbell:
            listening = self._doorbell.listen(places=PLACES, job_seconds=JOB_SECONDS + 60)
            helpers.append(asyncio.create_task(listening))
        await sweeps
        await asyncio.gather(*map(end, helpers))
        await self._drain()
        await survive("sign_out_failed", self._sign_out)
        log.info("worker_stopped", owner=self._claimant.owner)

    def stop(self) -> None:
        """Claim nothing any more, and come to an end within about 25 seconds."""
        self._stopped.set()
        self._wake.set()

    @property
    def _free(self) -> int:
        return PLACES - len(self._running)

    async def _sweep_until_stopped(self) -> None:
        while not self._stopped.is_set():
            await survive("sweep_failed", self._count_sweep)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.sweep_seconds):
                    await self._wake.wait()
            self._wake.clear()

    async def _count_sweep(self) -> None:
        with counted_sweep(self._clock):
            await self._sweep()

    async def _sweep(self) -> None:
        async with self._claiming:
            limit = self._free - (RUNG_PLACES if self._doorbell else 0)
            if limit < 1:
                self._has_more = True
                return
            outside = min(limit, OUTSIDE_PLACES - len(self._outside))
            strangers = await self._claim(OUTSIDE, outside)
            others = await self._claim(self._claimant.kinds - OUTSIDE, limit - strangers)
            self._has_more = strangers == outside or strangers + others == limit

    async def _claim(self, kinds: frozenset[JobKind], limit: int) -> int:
        kinds &= self._claimant.kinds
        if limit < 1 or not kinds:
            return 0
        claimant = replace(self._claimant, kinds=kinds)
        claimed = await self._db.transact(jobs.claim, claimant, limit=limit, now=self._clock())
        for job in claimed:
            self._start(job)
        return len(claimed)

    async def _answer(self, job_id: int) -> None:
        # In a task of its own: arq may cancel the caller, and a claimed job must be attended to.
        task = asyncio.create_task(survive("ring_failed", self._take, job_id))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
        await asyncio.shield(task)

    async def _take(self, job_id: int) -> None:
        async with self._claiming:
            if self._free < 1 or self._stopped.is_set():
                return
            is_full = len(self._outside) >= OUTSIDE_PLACES
            task = await self._claim_one(OUTSIDE if is_full else frozenset(), job_id)
            # What is left out here is found by the sweep when one of those that run has ended.
            self._has_more |= is_full and not task
        if task:
            await asyncio.shield(task)

    async def _claim_one(
        self, excluded: frozenset[JobKind], job_id: int
    ) -> asyncio.Task[None] | None:
        kinds = self._claimant.kinds - excluded
        if not kinds:
            return None
        claimant = replace(self._claimant, kinds=kinds)
        now = self._clock()
        job = await self._db.transact(jobs.claim_one, claimant, job_id=job_id, now=now)
        return self._start(job) if job else None

    def _start(self, job: ClaimedJob) -> asyncio.Task[None]:
        task = asyncio.create_task(survive("job_lost", self._attendant.attend, job))
        self._running.add(task)
        if job.kind in OUTSIDE:
            self._outside.add(task)
        task.add_done_callback(self._ended)
        self._open_doorbell()
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._outside.discard(task)
        self._open_doorbell()
        if self._has_more:
            self._wake.set()

    def _open_doorbell(self) -> None:
        if self._doorbell:
            self._doorbell.open(self._free > 0)

    async def _ask(self, failed: str, question: Callable[[], Awaitable[int]]) -> NoReturn:
        while True:
            await survive(failed, self._ask_once, question)
            await asyncio.sleep(self._settings.schedule_seconds)

    async def _ask_once(self, question: Callable[[], Awaitable[int]]) -> None:
        new = await question()
        if new:
            log.info("jobs_due", new=new)
            self._wake.set()

    async def _enqueue_due(self) -> int:
        return await enqueue_due(self._db, now=self._clock())

    async def _look_in_inbox(self) -> int:
        return await look_in_inbox(self._services, self._clock())

    async def _keep_signing_in(self) -> NoReturn:
        while True:
            await survive("sign_in_failed", self._sign_in)
            await asyncio.sleep(SIGN_SECONDS)

    async def _sign_in(self) -> None:
        await self._db.transact(sign_in, self._claimant.owner, now=self._clock())

    async def _sign_out(self) -> None:
        await self._db.transact(sign_out, self._claimant.owner)

    async def _drain(self) -> None:
        async with self._claiming:
            running = set(self._running)
        if running:
            _, late = await asyncio.wait(running, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
