"""Real worker processes on a real Valkey, stopped and killed in the middle of their work."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.adapters.database import Database
from models.adapters.queue import open_bell
from models.tables.jobs import Job
from tests.jobs.effects import effects, put_in
from tests.valkeys import embedded_valkey


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with embedded_valkey(tmp_path) as url:
        yield url


async def start(database_url: str, redis_url: str) -> Process:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.effects", database_url, redis_url,
        stdout=PIPE, env=os.environ,
    )  # fmt: skip
    assert worker.stdout
    assert await worker.stdout.readline() == b"ready\n"
    return worker


@asynccontextmanager
async def a_worker(database_url: str, redis_url: str) -> AsyncIterator[Process]:
    worker = await start(database_url, redis_url)
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()


async def begun(count: int) -> None:
    async with asyncio.timeout(10):
        while len(await effects("BEGUN")) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def busy(worker: Process) -> None:
    async with asyncio.timeout(20):
        while not await Job.filter(status="RUNNING", owner=str(worker.pid)).exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def settled(seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await Job.exclude(status="DONE").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_job_of_a_killed_worker_is_done_once_by_another(
    db: Database, database_url: str, redis_url: str
) -> None:
    async with a_worker(database_url, redis_url) as first, open_bell(redis_url) as bell:
        [id_] = await put_in(db, 1, milliseconds=1000)
        await bell.ring(id_)
        await begun(1)
        first.kill()
        await first.wait()
        assert await effects() == []
        async with a_worker(database_url, redis_url):
            await settled(seconds=10)
    assert await effects() == [1]
    assert await effects("BEGUN") == [1, 1]
    assert [(job.run, job.lost_runs) for job in await Job.all()] == [(2, 1)]


async def test_terminated_worker_finishes_its_job_and_exits_with_success(
    db: Database, database_url: str, redis_url: str
) -> None:
    async with a_worker(database_url, redis_url) as worker:
        await put_in(db, 1, milliseconds=1000)
        await begun(1)
        worker.terminate()
        assert await asyncio.wait_for(worker.wait(), 5) == 0
    assert await effects() == [1]


async def test_jobs_are_done_once_while_workers_are_killed_again_and_again(
    db: Database, database_url: str, redis_url: str
) -> None:
    rounds, each = 2, 12
    workers = [await start(database_url, redis_url) for _ in range(2)]
    async with open_bell(redis_url) as bell:
        for n in range(0, rounds * each, each):
            for id_ in await put_in(db, *range(n, n + each), milliseconds=500):
                await bell.ring(id_)
            victim = workers.pop(0)
            await busy(victim)
            victim.kill()
            await victim.communicate()
            workers.append(await start(database_url, redis_url))
    await settled(seconds=60)
    for worker in workers:
        worker.terminate()
        await worker.communicate()
        assert worker.returncode == 0
    assert sorted(await effects()) == list(range(rounds * each))
    assert sum(job.lost_runs for job in await Job.all()) >= rounds
