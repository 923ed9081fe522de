"""Webhooks from real workers: killed between sending and noting, and broken in other ways."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path

from starlette.responses import Response

from models.actions.webhooks import send_test
from models.adapters.database import Database
from models.tables.jobs import Job
from models.tables.webhooks import WebhookDelivery
from tests.builders import a_partner
from tests.hooking import admin, an_endpoint, log, utc_now
from tests.receiver import a_receiver, status


async def a_worker(database_url: str, data: Path) -> Process:
    environment = os.environ | {
        "BILLS_DATABASE_URL": database_url,
        "BILLS_DATA_DIR": str(data),
        "BILLS_REDIS_URL": "",
        "BILLS_LEASE_SECONDS": "1",
        "BILLS_SWEEP_SECONDS": "0.1",
        "BILLS_ALLOW_PRIVATE_ADDRESSES": "true",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jobs", "worker", stdout=DEVNULL, env=environment
    )


async def ended(worker: Process, number: signal.Signals) -> None:
    worker.send_signal(number)
    await asyncio.wait_for(worker.wait(), 30)


async def settled() -> None:
    async with asyncio.timeout(60):
        while await Job.exclude(status="DONE").exists():  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.05)


async def test_message_of_a_worker_killed_before_it_took_note_is_sent_again_under_the_same_id(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    partner = await a_partner(db)
    workers: list[Process] = []

    async def kill_and_answer() -> Response:
        await ended(workers[0], signal.SIGKILL)
        return Response(status_code=200)

    async with a_receiver(kill_and_answer, status(200)) as receiver:
        endpoint = await an_endpoint(db, partner, receiver.url)
        sent = await db.transact(send_test, admin(partner), endpoint.id, key="k", now=utc_now())
        workers.append(await a_worker(database_url, tmp_path))
        await asyncio.wait_for(workers[0].wait(), 30)
        assert await log() == [("PENDING", 0, None, None)]
        workers.append(await a_worker(database_url, tmp_path))
        await settled()
        await ended(workers[1], signal.SIGTERM)
        for index in range(2):
            assert receiver.verified(endpoint.secret, index)["type"] == "webhook.test"
    assert receiver.ids == ["evt_1", "evt_1"]
    assert await log() == [("DELIVERED", 1, 200, None)]
    job = await Job.get(id=sent.job_id)
    assert (job.status, job.run, job.lost_runs, job.failures) == ("DONE", 2, 1, 0)
    assert await WebhookDelivery.all().count() == 1
