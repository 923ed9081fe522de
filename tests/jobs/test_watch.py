"""Every run of a job is counted by how it ended, and named in each of its log lines."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY

from jobs.services import Clock, Runner, Services
from models.actions.jobs import ClaimedJob
from models.adapters.database import Database, Tx
from models.adapters.logs import configure_logs
from models.rules.errors import NotFound
from models.rules.jobs import LOST_RUNS
from models.tables.jobs import Job
from tests.jobs.effects import put_in, run
from tests.jobs.test_worker import eventually, is_settled, services, working

log = structlog.get_logger()


def value(name: str, labels: Mapping[str, str] | None = None) -> float:
    return REGISTRY.get_sample_value(f"bills_{name}", dict(labels or {})) or 0


class Outcomes:
    """Runs of EXPORT jobs that ended since it was made, by outcome."""

    ALL = ("done", "failed", "parked", "superseded", "released", "lost")

    def __init__(self) -> None:
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        labels = ({"kind": "EXPORT", "outcome": outcome} for outcome in self.ALL)
        return {each["outcome"]: value("jobs_run_total", each) for each in labels}

    @property
    def since(self) -> dict[str, float]:
        grown = {outcome: n - self._before[outcome] for outcome, n in self._now().items()}
        return {outcome: n for outcome, n in grown.items() if n}


async def test_done_jobs_are_counted_with_their_time_and_sweeps(db: Database) -> None:
    outcomes, sweeps = Outcomes(), value("sweeps_total", {"outcome": "done"})
    timed = value("job_seconds_count", {"kind": "EXPORT"})
    await put_in(db, 1, 2, 3)
    async with working(services(db)):
        await eventually(is_settled)
        await eventually(lambda: _is(value("jobs_running_here") == 0))
    assert outcomes.since == {"done": 3}
    assert value("job_seconds_count", {"kind": "EXPORT"}) == timed + 3
    assert value("sweeps_total", {"outcome": "done"}) > sweeps
    assert value("last_sweep_timestamp_seconds") > 1_700_000_000


async def _is(condition: bool) -> bool:
    return condition


async def test_failures_are_counted_until_the_job_is_parked(db: Database) -> None:
    async def refuse(_services: Services, _job: ClaimedJob, _now: Clock) -> None:
        raise NotFound("There is no such thing.")

    outcomes = Outcomes()
    [failing, doomed] = await put_in(db, 1, 2)

    async def age(tx: Tx) -> None:
        await tx.execute("UPDATE jobs SET lost_runs = $1 WHERE id = $2", LOST_RUNS, doomed)

    await db.transact(age)
    async with working(services(db), Runner(refuse)):
        await eventually(lambda: Job.filter(id=doomed, status="PARKED").exists())
        await eventually(lambda: Job.filter(id=failing, failures=1).exists())
    assert outcomes.since == {"failed": 1, "parked": 1}


async def test_job_that_was_given_back_is_counted_as_released(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.worker.GRACE_SECONDS", 0.1)
    outcomes = Outcomes()
    await put_in(db, 1, milliseconds=60_000)
    async with working(services(db)):
        await eventually(lambda: Job.filter(status="RUNNING").exists())
    assert outcomes.since == {"released": 1}


async def test_lines_of_a_job_name_it(db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    async def tell(given: Services, job: ClaimedJob, now: Clock) -> None:
        log.info("told_by_a_job")
        await asyncio.create_task(_told_by_a_task())
        await run(given, job, now)

    configure_logs()
    ids = await put_in(db, 1, 2)
    async with working(services(db), Runner(tell)):
        await eventually(is_settled)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    for event in ("told_by_a_job", "told_by_a_task", "job_done"):
        assert sorted(_named(line) for line in told if line["event"] == event) == [
            (id_, "EXPORT", 1) for id_ in ids
        ]
    assert all("job" not in line for line in told if line["event"].startswith("worker_"))


async def _told_by_a_task() -> None:
    log.info("told_by_a_task")


def _named(line: dict[str, Any]) -> tuple[int, str, int]:
    return line["job"], line["kind"], line["run"]


async def test_worker_shows_that_it_lives_until_it_is_told_to_end(db: Database) -> None:
    async with working(services(db), owner="ann"):
        await eventually(lambda: _owners(db, ["ann"]))
    assert await _owners(db, [])


async def _owners(db: Database, expected: list[str]) -> bool:
    return [row["owner"] for row in await db.fetch("SELECT owner FROM worker_signs")] == expected
