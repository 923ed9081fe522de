"""Jobs that wait for strangers leave places for the others."""

import asyncio
from pathlib import Path

from jobs.services import Clock, Runner, Services
from jobs.worker import OUTSIDE_PLACES, Worker
from models.actions.jobs import ClaimedJob, enqueue
from models.adapters.database import Database
from models.adapters.queue import open_bell
from models.rules.jobs import JobKind, NewJob
from models.tables.jobs import Job
from tests.jobs.effects import effects, put_in, run, utc_now
from tests.jobs.test_worker import NEVER, eventually, is_heard, services
from tests.valkeys import embedded_valkey


async def test_jobs_that_wait_for_strangers_leave_places_for_others(db: Database) -> None:
    answered = asyncio.Event()
    await _put_in_webhooks(db, *range(10))
    await put_in(db, *range(6))
    runners = _runners(answered)
    worker = Worker(services(db), runners, owner="ann", clock=utc_now)
    task = asyncio.create_task(worker.run())
    await eventually(_exports_are_done)
    assert sorted(await effects()) == list(range(6))
    running = Job.filter(kind="SEND_WEBHOOK", status="RUNNING")
    assert await running.count() == OUTSIDE_PLACES
    answered.set()
    await eventually(_everything_is_done)
    worker.stop()
    await asyncio.wait_for(task, 10)
    assert len(await effects()) == 16


async def test_rung_jobs_that_wait_for_strangers_leave_places_for_others(
    db: Database, tmp_path: Path
) -> None:
    answered = asyncio.Event()
    runners = _runners(answered)
    with embedded_valkey(tmp_path) as url:
        async with open_bell(url) as bell:
            worker = Worker(services(db, url, NEVER), runners, owner="ann", clock=utc_now)
            task = asyncio.create_task(worker.run())
            await eventually(lambda: is_heard(url))
            for id_ in [*await _put_in_webhooks(db, *range(6)), *await put_in(db, *range(6))]:
                await bell.ring(id_)
            await eventually(_exports_are_done)
            running = Job.filter(kind="SEND_WEBHOOK", status="RUNNING")
            assert await running.count() == OUTSIDE_PLACES
            answered.set()
            # No sweep is due for an hour: the end of one makes room for the next.
            await eventually(_everything_is_done)
            worker.stop()
            await asyncio.wait_for(task, 10)
    assert len(await effects()) == 12


def _runners(answered: asyncio.Event) -> dict[JobKind, Runner]:
    """Webhooks wait until their receivers have answered, exports for nobody."""

    async def wait(given: Services, job: ClaimedJob, now: Clock) -> None:
        await answered.wait()
        await run(given, job, now)

    return {JobKind.EXPORT: Runner(run), JobKind.SEND_WEBHOOK: Runner(wait)}


async def _put_in_webhooks(db: Database, *numbers: int) -> list[int]:
    jobs = [
        NewJob(JobKind.SEND_WEBHOOK, f"w{n}", {"number": 100 + n, "milliseconds": 0}, utc_now())
        for n in numbers
    ]
    return [await db.transact(enqueue, job, now=utc_now()) or 0 for job in jobs]


async def _exports_are_done() -> bool:
    return not await Job.filter(kind="EXPORT").exclude(status="DONE").exists()


async def _everything_is_done() -> bool:
    return not await Job.exclude(status="DONE").exists()
