"""Jobs whose one effect can be counted, and a worker process that does them."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

import structlog

from jobs.services import Clock, Runner, Services, open_services
from jobs.worker import Worker
from models.actions.audit import Act, record
from models.actions.jobs import ClaimedJob, complete, enqueue
from models.adapters.database import Database, Tx
from models.adapters.settings import Settings
from models.rules.jobs import JobKind, NewJob
from models.tables.audit import AuditEntry


def utc_now() -> datetime:
    return datetime.now(UTC)


async def put_in(db: Database, *numbers: int, milliseconds: int = 0) -> list[int]:
    """Jobs that take so long and then have an effect named by their number; their ids."""
    jobs = [
        NewJob(JobKind.EXPORT, f"n:{n}", {"number": n, "milliseconds": milliseconds}, utc_now())
        for n in numbers
    ]
    return [await db.transact(enqueue, job, now=utc_now()) or 0 for job in jobs]


async def write_effect(tx: Tx, job: ClaimedJob, now: datetime) -> None:
    await record(tx, None, Act("EFFECT", str(job.arguments["number"])), now=now)
    await complete(tx, job, now=now)


async def effects(action: str = "EFFECT") -> list[int]:
    """The numbers of the jobs that had their effect, in that order."""
    entries = await AuditEntry.filter(action=action).order_by("id")
    return [int(entry.object_id) for entry in entries]


async def run(services: Services, job: ClaimedJob, now: Clock) -> None:
    async def begin(tx: Tx) -> None:
        await record(tx, None, Act("BEGUN", str(job.arguments["number"])), now=now())

    await services.db.transact(begin)
    await asyncio.sleep(job.arguments["milliseconds"] / 1000)
    await services.db.transact(write_effect, job, now())


async def _work(database_url: str, redis_url: str) -> None:
    settings = Settings(
        database_url=database_url, redis_url=redis_url, lease_seconds=1, sweep_seconds=0.2
    )
    async with open_services(settings) as services:
        runners = {JobKind.EXPORT: Runner(run)}
        worker = Worker(services, runners, owner=str(os.getpid()), clock=utc_now)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await worker.run()


if __name__ == "__main__":
    # Standard output is for the test, which does not read a log.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(_work(*sys.argv[1:]))
