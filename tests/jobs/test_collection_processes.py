"""A worker that is killed while the gateway charges: another one finds out, and charges no more."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from datetime import UTC, datetime
from pathlib import Path

from models.adapters.database import Database
from models.tables.payments import Payment
from tests.builders import a_partner
from tests.stripe_server import KEY, StripeServer
from tests.till import books, open_till


async def a_worker(database_url: str, data: Path, stripe: StripeServer) -> Process:
    environment = os.environ | {
        "BILLS_DATABASE_URL": database_url,
        "BILLS_DATA_DIR": str(data),
        "BILLS_REDIS_URL": "",
        "BILLS_LEASE_SECONDS": "1",
        "BILLS_SWEEP_SECONDS": "0.1",
        "BILLS_STRIPE_API_KEY": KEY,
        "BILLS_STRIPE_API_BASE": stripe.url,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "jobs", "worker", stdout=DEVNULL, env=environment
    )


async def ended(worker: Process, number: signal.Signals) -> None:
    worker.send_signal(number)
    await asyncio.wait_for(worker.wait(), 30)


async def test_payment_whose_worker_was_killed_is_charged_once(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    with open_till(db, await a_partner(db), tmp_path) as till:
        till.now = datetime.now(UTC)
        till.stripe.fail_next("confirm", "hang", after=True)
        payment = await till.pay(await till.desk.payable("100"))
        killed = await a_worker(database_url, tmp_path, till.stripe)
        async with asyncio.timeout(60):
            while "confirm" not in till.stripe.requests:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await ended(killed, signal.SIGKILL)
        assert (await Payment.get(id=payment)).status == "PENDING"
        worker = await a_worker(database_url, tmp_path, till.stripe)
        async with asyncio.timeout(60):
            while (await Payment.get(id=payment)).status != "SUCCEEDED":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await ended(worker, signal.SIGTERM)
        assert till.stripe.charges == {"pi_1": 1}
        assert await books() == {"CASH": 100, "SALES": -100}
