"""The worker: every job once, whatever becomes of Redis, of its owner, and of the job itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

import jobs.worker
from jobs.services import Clock, Runner, Services
from jobs.worker import PLACES, Worker
from models.actions.jobs import ClaimedJob, complete
from models.adapters.database import Database, Tx
from models.adapters.files import LocalFiles
from models.adapters.process_group import ProcessGroup
from models.adapters.queue import RedisBell, SilentBell, open_bell
from models.adapters.settings import Settings
from models.adapters.valkey import serve_valkey, valkey_url
from models.rules.errors import NotFound
from models.rules.jobs import BACK_OFF, JobKind
from models.tables.jobs import Job
from tests.jobs.effects import effects, put_in, run, utc_now
from tests.valkeys import embedded_valkey

NEVER = 3600.0
RUN = Runner(run)


def services(db: Database, redis_url: str = "", sweep_seconds: float = 0.05) -> Services:
    settings = Settings(
        redis_url=redis_url,
        sweep_seconds=sweep_seconds,
        schedule_seconds=NEVER,
        lease_seconds=1,
    )
    return Services(db, settings, LocalFiles(settings.data_dir), SilentBell())


@asynccontextmanager
async def working(
    given: Services, runner: Runner = RUN, *, owner: str = "ann"
) -> AsyncIterator[Worker]:
    worker = Worker(given, {JobKind.EXPORT: runner}, owner=owner, clock=utc_now)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, 10)


async def eventually(condition: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - it is the database that changes
            await asyncio.sleep(0.02)


async def is_settled() -> bool:
    return not await Job.filter(status__in=["QUEUED", "RUNNING"]).exists()


async def test_worker_without_redis_does_every_job_once(db: Database) -> None:
    await put_in(db, *range(20))
    async with working(services(db)):
        await eventually(is_settled)
    assert sorted(await effects()) == list(range(20))


async def test_worker_goes_on_with_the_next_job_without_waiting_for_a_sweep(db: Database) -> None:
    await put_in(db, *range(3 * PLACES))
    async with working(services(db, sweep_seconds=NEVER)):
        await eventually(is_settled)
    assert sorted(await effects()) == list(range(3 * PLACES))


async def test_worker_runs_at_most_four_jobs_at_a_time(db: Database) -> None:
    running: list[int] = []

    async def count(given: Services, job: ClaimedJob, now: Clock) -> None:
        running.append(await Job.filter(status="RUNNING").count())
        await run(given, job, now)

    await put_in(db, *range(10), milliseconds=50)
    async with working(services(db), Runner(count)):
        await eventually(is_settled)
    assert max(running) <= PLACES


async def test_bell_starts_a_job_at_once(db: Database, tmp_path: Path) -> None:
    with embedded_valkey(tmp_path) as url:
        async with open_bell(url) as bell, working(services(db, url, NEVER)):
            await eventually(lambda: is_heard(url))
            for number in range(3):
                [id_] = await put_in(db, number)
                await bell.ring(id_)
                await eventually(is_settled, seconds=2)
    assert await effects() == [0, 1, 2]


async def is_heard(url: str) -> bool:
    def clients() -> int:
        with Redis.from_url(url) as client:
            return len(client.client_list())

    return await asyncio.to_thread(clients) > 1


async def test_backlog_leaves_a_place_for_a_job_that_is_rung_for(
    db: Database, tmp_path: Path
) -> None:
    await put_in(db, *range(PLACES + 1), milliseconds=1500)
    with embedded_valkey(tmp_path) as url:
        async with open_bell(url) as bell, working(services(db, url)):
            await eventually(lambda: is_heard(url))
            await eventually(lambda: _has_begun(PLACES - 1))
            [id_] = await put_in(db, 99)
            await bell.ring(id_)
            await eventually(lambda: Job.filter(id=id_, status="DONE").exists(), seconds=1)
            assert await effects() == [99]


async def _has_begun(count: int) -> bool:
    return len(await effects("BEGUN")) >= count


async def test_jobs_are_done_once_though_redis_is_flushed_stopped_and_started(
    db: Database, tmp_path: Path
) -> None:
    url = valkey_url(tmp_path)
    async with open_bell(url) as bell, working(services(db, url)):
        for number in range(4):
            with ProcessGroup(os.environ) as group:
                await asyncio.to_thread(serve_valkey, group, tmp_path)
                [id_] = await put_in(db, number, milliseconds=100)
                await bell.ring(id_)
                with Redis.from_url(url) as client:
                    client.flushall()
                [id_] = await put_in(db, 10 + number, milliseconds=100)
                await bell.ring(id_)
            await put_in(db, 20 + number)
            await eventually(is_settled)
    assert sorted(await effects()) == [n + tens for tens in (0, 10, 20) for n in range(4)]


async def test_bell_without_redis_is_quick_and_counts_what_it_missed(tmp_path: Path) -> None:
    clock = asyncio.get_running_loop().time
    started = clock()
    async with open_bell(f"unix://{tmp_path}/nobody.sock") as bell:
        for _ in range(50):
            await bell.ring(1)
        assert isinstance(bell, RedisBell)
        assert bell.missed == 50
    assert clock() - started < 1


async def test_bell_of_a_stalled_redis_is_quick(tmp_path: Path) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        writer.close()

    path = tmp_path / "stalled.sock"
    clock = asyncio.get_running_loop().time
    async with await asyncio.start_unix_server(stall, path):
        async with open_bell(f"unix://{path}") as bell:
            started = clock()
            await asyncio.gather(*(bell.ring(n) for n in range(20)))
            await bell.ring(21)
            assert clock() - started < 1
        await asyncio.sleep(0.1)  # the other end notices the hang-up


async def test_refusal_is_kept_and_the_job_backs_off(db: Database) -> None:
    async def refuse(_services: Services, _job: ClaimedJob, _now: Clock) -> None:
        raise NotFound("There is no such export.")

    await put_in(db, 1)
    before = utc_now()
    async with working(services(db), Runner(refuse)):
        await eventually(lambda: Job.filter(failures=1).exists())
    [job] = await Job.all()
    assert (job.status, job.error) == ("QUEUED", "NotFound: There is no such export.")
    assert job.run_at >= before + BACK_OFF[0]


async def test_unexpected_error_is_masked_and_logged_once_without_its_text(db: Database) -> None:
    async def crash(_services: Services, _job: ClaimedJob, _now: Clock) -> None:
        raise LookupError("mobile +86 138 0000 0000")

    [id_] = await put_in(db, 1)
    with capture_logs() as logs:
        async with working(services(db), Runner(crash)):
            await eventually(lambda: Job.filter(failures=1).exists())
    [job] = await Job.all()
    assert job.error == f"LookupError (job-{id_}-1)"
    [broke] = [entry for entry in logs if entry["event"] == "job_broke"]
    assert broke["error_id"] == f"job-{id_}-1"
    assert "in crash" in broke["frames"]
    assert "138 0000" not in str([entry | {"frames": ""} for entry in logs])


async def test_parked_job_tells_why_in_the_same_transaction(db: Database) -> None:
    told: list[str] = []

    async def refuse(_services: Services, _job: ClaimedJob, _now: Clock) -> None:
        raise NotFound("There is no such export.")

    async def tell(tx: Tx, _job: ClaimedJob, reason: str, _now: datetime) -> None:
        row = await tx.fetch_one("SELECT status FROM jobs")
        told.append(f"{row['status']} {reason}" if row else "")

    await put_in(db, 1)
    await Job.all().update(failures=len(BACK_OFF))
    async with working(services(db), Runner(refuse, on_parked=tell)):
        await eventually(is_settled)
    assert told == ["PARKED NotFound: There is no such export."]


async def test_heartbeat_keeps_a_job_that_takes_longer_than_its_lease(db: Database) -> None:
    await put_in(db, 1, milliseconds=2500)
    async with working(services(db)), working(services(db), owner="bob"):
        await eventually(is_settled)
    assert [(job.run, job.lost_runs) for job in await Job.all()] == [(1, 0)]
    assert await effects() == [1]


async def test_worker_that_lost_its_job_stops_it_and_leaves_no_effect(db: Database) -> None:
    ended = asyncio.Event()

    async def run_until_stopped(given: Services, job: ClaimedJob, now: Clock) -> None:
        try:
            await run(given, job, now)
        finally:
            ended.set()

    await put_in(db, 1, milliseconds=30_000)
    async with working(services(db), Runner(run_until_stopped)):
        await eventually(lambda: _has_begun(1))
        await Job.all().update(owner="bob", run=2)
        await asyncio.wait_for(ended.wait(), 3)
    [job] = await Job.all()
    assert (job.status, job.owner, job.run, job.error) == ("RUNNING", "bob", 2, None)
    assert await effects() == []


async def test_stopped_worker_finishes_what_it_has_begun_and_begins_nothing(db: Database) -> None:
    await put_in(db, 1, milliseconds=500)
    async with working(services(db)) as worker:
        await eventually(lambda: _has_begun(1))
        worker.stop()
        await put_in(db, 2)
    assert await effects("BEGUN") == await effects() == [1]


async def test_stopped_worker_gives_back_what_takes_too_long(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.worker, "GRACE_SECONDS", 0.1)
    await put_in(db, 1, milliseconds=30_000)
    async with working(services(db)):
        await eventually(lambda: _has_begun(1))
    [job] = await Job.all()
    assert (job.status, job.owner, job.failures, job.lost_runs) == ("QUEUED", None, 0, 0)


async def test_runner_that_completes_in_its_own_way_is_trusted(db: Database) -> None:
    async def just_complete(given: Services, job: ClaimedJob, now: Clock) -> None:
        await given.db.transact(complete, job, now=now())

    await put_in(db, 1)
    async with working(services(db), Runner(just_complete)):
        await eventually(is_settled)
    assert [job.status for job in await Job.all()] == ["DONE"]
