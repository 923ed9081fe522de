"""The job table: exactly once by key, owned by one, fenced by run."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models.actions import jobs
from models.actions.audit import Act, record
from models.actions.jobs import BATCH, Claimant, ClaimedJob, Superseded
from models.adapters.database import Database, Tx
from models.rules.errors import NotFound
from models.rules.jobs import BACK_OFF, LOST_RUNS, JobKind, JobStatus, NewJob
from models.tables.audit import AuditEntry
from models.tables.jobs import Job

NOW = datetime(2026, 3, 5, 1, 2, 3, 456789, tzinfo=UTC)
LEASE = timedelta(seconds=20)
LATER = NOW + LEASE


def a_job(number: int = 1, *, run_at: datetime = NOW) -> NewJob:
    return NewJob(JobKind.EXPORT, f"export:{number}", {"export_id": number}, run_at)


def a_worker(owner: str = "ann") -> Claimant:
    return Claimant(owner, LEASE, frozenset(JobKind))


async def claim(db: Database, owner: str = "ann", *, now: datetime = NOW) -> ClaimedJob:
    [job] = await db.transact(jobs.claim, a_worker(owner), limit=1, now=now)
    return job


async def effect(tx: Tx, job: ClaimedJob, now: datetime) -> None:
    await record(tx, None, Act("EFFECT", job.owner), now=now)
    await jobs.complete(tx, job, now=now)


async def effects() -> list[str]:
    return [entry.object_id for entry in await AuditEntry.filter(action="EFFECT")]


async def test_job_is_put_in_once_for_its_key(db: Database) -> None:
    first = await db.transact(jobs.enqueue, a_job(), now=NOW)
    assert await db.transact(jobs.enqueue, a_job(), now=LATER) is None
    [row] = await Job.all()
    assert (row.id, row.status, row.arguments) == (first, "QUEUED", {"export_id": 1})
    assert (row.run_at, row.created_at) == (NOW, NOW)


async def test_job_of_a_transaction_that_is_rolled_back_does_not_exist(db: Database) -> None:
    async def broken(tx: Tx) -> None:
        await jobs.enqueue(tx, a_job(), now=NOW)
        raise LookupError("after the job was put in")

    with pytest.raises(LookupError):
        await db.transact(broken)
    assert await Job.all().count() == 0


async def test_batch_puts_in_only_what_is_new(db: Database) -> None:
    batch = [a_job(n) for n in range(BATCH)]
    assert len(await db.transact(jobs.enqueue_all, batch[:7], now=NOW)) == 7
    assert len(await db.transact(jobs.enqueue_all, batch, now=NOW)) == BATCH - 7


async def test_overlapping_batches_at_once_make_every_job_once(db: Database) -> None:
    batches = [[a_job(n) for n in range(start, start + 60)] for start in (0, 20, 40, 0, 20, 40)]
    answers = await asyncio.gather(
        *(db.transact(jobs.enqueue_all, batch[::step], now=NOW)
          for batch in batches for step in (1, -1))
    )  # fmt: skip
    assert sum(map(len, answers)) == 100 == await Job.all().count()


async def test_claim_takes_what_is_due_oldest_first(db: Database) -> None:
    times = [NOW, NOW - timedelta(hours=1), NOW + timedelta(microseconds=1)]
    due = [a_job(n, run_at=at) for n, at in enumerate(times)]
    await db.transact(jobs.enqueue_all, due, now=NOW)
    claimed = [await claim(db) for _ in range(2)]
    assert [job.arguments["export_id"] for job in claimed] == [1, 0]
    assert await db.transact(jobs.claim, a_worker(), limit=9, now=NOW) == []


async def test_claim_leaves_kinds_that_the_worker_does_not_know(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    older = Claimant("old release", LEASE, frozenset(JobKind) - {JobKind.EXPORT})
    assert await db.transact(jobs.claim, older, limit=9, now=NOW) == []


async def test_claims_by_eight_at_once_never_give_a_job_twice(db: Database) -> None:
    ids = await db.transact(jobs.enqueue_all, [a_job(n) for n in range(200)], now=NOW)

    async def take_all(owner: str) -> list[int]:
        mine: list[int] = []
        while some := await db.transact(jobs.claim, a_worker(owner), limit=3, now=NOW):
            assert len(some) <= 3
            mine += [job.id for job in some]
        return mine

    taken = await asyncio.gather(*(take_all(f"worker {n}") for n in range(8)))
    assert sorted(id_ for mine in taken for id_ in mine) == sorted(ids)


async def test_claim_of_one_job_is_refused_while_somebody_has_it(db: Database) -> None:
    id_ = await db.transact(jobs.enqueue, a_job(), now=NOW)
    assert id_ is not None
    answers = await asyncio.gather(
        *(db.transact(jobs.claim_one, a_worker(str(n)), job_id=id_, now=NOW) for n in range(8))
    )
    assert sum(answer is not None for answer in answers) == 1
    assert await db.transact(jobs.claim_one, a_worker(), job_id=id_ + 1, now=NOW) is None


async def test_completed_job_is_never_claimed_again(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    await db.transact(effect, await claim(db), now=NOW)
    assert await db.transact(jobs.claim, a_worker(), limit=9, now=LATER) == []
    [row] = await Job.all()
    assert (row.status, row.owner, row.lease_until, row.finished_at) == ("DONE", None, None, NOW)


async def test_expired_lease_passes_the_job_on_and_rolls_back_the_first_owner(
    db: Database,
) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    first = await claim(db, "ann")
    soon = LATER - timedelta(microseconds=1)
    assert await db.transact(jobs.claim, a_worker(), limit=9, now=soon) == []
    second = await claim(db, "bob", now=LATER)
    assert (second.id, second.run, second.lost_runs) == (first.id, 2, 1)
    with pytest.raises(Superseded):
        await db.transact(effect, first, now=LATER)
    assert await effects() == []
    await db.transact(effect, second, now=LATER)
    assert await effects() == ["bob"]


async def test_owner_who_claims_again_cannot_finish_its_former_run(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    stale = await claim(db)
    await claim(db, now=LATER)
    with pytest.raises(Superseded):
        await db.transact(effect, stale, now=LATER)
    assert await effects() == []


@pytest.mark.parametrize("verb", ["extend", "fail", "release", "withdraw"])
async def test_stale_owner_can_do_nothing_to_the_job(db: Database, verb: str) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    stale = await claim(db)
    await claim(db, "bob", now=LATER)
    calls = {
        "extend": lambda tx: jobs.extend(tx, stale, lease=LEASE, now=LATER),
        "fail": lambda tx: jobs.fail(tx, stale, "broken", now=LATER),
        "release": lambda tx: jobs.release(tx, stale),
        "withdraw": lambda tx: jobs.withdraw(tx, stale),
    }
    with pytest.raises(Superseded):
        await db.transact(calls[verb])
    [row] = await Job.all()
    assert (row.status, row.owner, row.run) == ("RUNNING", "bob", 2)


async def test_extended_lease_keeps_the_job(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    mine = await claim(db)
    await db.transact(jobs.extend, mine, lease=LEASE, now=LATER - timedelta(seconds=1))
    assert await db.transact(jobs.claim, a_worker("bob"), limit=9, now=LATER) == []


async def test_released_job_can_be_taken_at_once_and_counts_as_no_failure(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    await db.transact(jobs.release, await claim(db))
    again = await claim(db, "bob")
    assert (again.run, again.failures, again.lost_runs) == (2, 0, 0)


async def test_failing_job_backs_off_and_is_parked_until_an_operator_retries_it(
    db: Database,
) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    now = NOW
    for pause in BACK_OFF:
        mine = await claim(db, now=now)
        assert await db.transact(jobs.fail, mine, "x" * 5000, now=now) is JobStatus.QUEUED
        soon = now + pause - timedelta(microseconds=1)
        assert await db.transact(jobs.claim, a_worker(), limit=9, now=soon) == []
        now += pause
    last = await claim(db, now=now)
    assert await db.transact(jobs.fail, last, "broken for good", now=now) is JobStatus.PARKED
    [row] = await Job.all()
    assert (row.status, row.error, row.failures) == ("PARKED", "broken for good", 6)
    assert await db.transact(jobs.claim, a_worker(), limit=9, now=now + timedelta(days=99)) == []

    await db.transact(jobs.retry, job_id=last.id, now=now)
    assert (await claim(db, now=now)).failures == 0
    with pytest.raises(NotFound):
        await db.transact(jobs.retry, job_id=last.id, now=now)


async def test_job_that_outlives_no_worker_is_parked_when_it_fails(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    for n in range(LOST_RUNS):
        await claim(db, now=NOW + n * LEASE)
    last = await claim(db, now=NOW + LOST_RUNS * LEASE)
    assert last.lost_runs == LOST_RUNS
    assert await db.transact(jobs.fail, last, "lost", now=NOW) is JobStatus.PARKED


async def test_withdrawn_job_can_be_put_in_again(db: Database) -> None:
    await db.transact(jobs.enqueue, a_job(), now=NOW)
    await db.transact(jobs.withdraw, await claim(db))
    assert await db.transact(jobs.enqueue, a_job(), now=NOW) is not None
