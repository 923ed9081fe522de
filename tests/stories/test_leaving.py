"""SIGTERM under load: what is under way is finished or given back, and 30 seconds are enough."""

import asyncio
import hashlib
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from jobs.demo.queries import QUERIES
from models.actions.deposits import TopUp, top_up_deposit
from models.actions.locks import lock_partner
from models.adapters.database import Database, Tx
from models.adapters.production import DEVELOPMENT_SECRET
from models.rules.links import download_path
from models.rules.money import Money
from models.rules.principals import Role
from models.tables.exports import ExportJob
from tests.actions.desk import SALES, Desk, money
from tests.api.client import Client
from tests.builders import a_partner
from tests.exporting import a_billed_partner
from tests.jobs.effects import put_in
from tests.stories.processes import Installation, acts, free_ports, settled, up

GONE_SECONDS = 30
CLIENTS = 8
EXPORTS = 24
# Of a file, and of one read of it: the last of them long after the signal.
FILE_BYTES, READ_BYTES, READ_SECONDS = 24 << 20, 1 << 20, 0.1


async def refused(port: int) -> None:
    """Wait until nobody listens there any more."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.02)


async def gone(process: Process, since: float) -> float:
    """How long it took to end."""
    await asyncio.wait_for(process.wait(), GONE_SECONDS + 10)
    return time.monotonic() - since


@asynccontextmanager
async def held(db: Database, partner: int) -> AsyncIterator[asyncio.Event]:
    """Nobody else changes anything of the partner while the block runs, or until it is let go."""
    holds, lets_go = asyncio.Event(), asyncio.Event()

    async def hold(tx: Tx) -> None:
        await lock_partner(tx, partner)
        holds.set()
        await lets_go.wait()

    holding = asyncio.create_task(db.transact(hold))
    await holds.wait()
    try:
        yield lets_go
    finally:
        lets_go.set()
        await holding


@dataclass
class Payer:
    """Someone who pays a cent again and again, each time on a connection of its own or on one."""

    url: str
    headers: dict[str, str]
    bill: int
    name: str
    is_new_each_time: bool
    acknowledged: int = 0
    unanswered: int = 0
    wrong: list[str] = field(default_factory=list)

    async def pay_until_nobody_answers(self) -> None:
        async with httpx2.AsyncClient(base_url=self.url, timeout=60) as kept:
            for number in range(10_000):
                if self.is_new_each_time:
                    async with httpx2.AsyncClient(base_url=self.url, timeout=60) as new:
                        goes_on = await self._pay(new, number)
                else:
                    goes_on = await self._pay(kept, number)
                if not goes_on:
                    return

    async def _pay(self, http: httpx2.AsyncClient, number: int) -> bool:
        variables = {
            "bills": [f"bil_{self.bill}"],
            "amount": {"amount": "0.01", "currency": "USD"},
            "key": f"{self.name}-{number}",
        }
        body = {"query": QUERIES["pay"], "variables": variables}
        try:
            answer = await http.post("/graphql", json=body, headers=self.headers)
        except httpx2.ConnectError:
            return False
        except httpx2.TransportError:
            self.unanswered += 1
            return False
        data: Any = answer.json().get("data")
        if answer.status_code == 200 and data and not data["payBills"]["userErrors"]:
            self.acknowledged += 1
        else:
            self.wrong.append(answer.text)
        return True


async def a_payable_bill(db: Database) -> tuple[int, int]:
    partner = await a_partner(db)
    bill = await Desk(db, partner).payable("1000")
    whole = TopUp(partner, Money(money("1000 USD").amount, "USD"), "wire")
    await db.transact(top_up_deposit, SALES, whole, now=datetime.now(UTC))
    return partner, bill


@pytest.mark.parametrize("servers", [1, 2])
async def test_every_payment_that_a_leaving_api_took_is_answered(
    db: Database, installation: Installation, servers: int
) -> None:
    partner, bill = await a_payable_bill(db)
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    async with installation.api(port, "--workers", str(servers)) as (process, client):
        await up(process, client)
        client.sign_in(Role.PARTNER_FINANCE, partner)
        payers = [
            Payer(url, client.headers, bill, f"p{n}", is_new_each_time=n % 2 == 0)
            for n in range(CLIENTS)
        ]
        paying = [asyncio.create_task(payer.pay_until_nobody_answers()) for payer in payers]
        async with asyncio.timeout(60):
            while min(payer.acknowledged for payer in payers) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        began = time.monotonic()
        process.terminate()
        await asyncio.gather(*paying)
        assert await gone(process, began) < GONE_SECONDS
    assert [payer.wrong for payer in payers] == [[]] * CLIENTS
    acknowledged = sum(payer.acknowledged for payer in payers)
    # A connection that nobody had taken up yet is closed unread, or at worst after its effect.
    unanswered = sum(payer.unanswered for payer in payers)
    assert acknowledged <= await acts(db, "PAY_BILLS") <= acknowledged + unanswered
    assert unanswered <= CLIENTS


async def test_request_that_is_held_up_is_answered_after_the_signal(
    db: Database, installation: Installation
) -> None:
    partner, bill = await a_payable_bill(db)
    [port] = free_ports(1)
    async with installation.api(port) as (process, client):
        await up(process, client)
        client.sign_in(Role.PARTNER_FINANCE, partner)
        async with held(db, partner) as lets_go:
            asked = {"bills": [f"bil_{bill}"], "amount": None, "key": "all"}
            answer = asyncio.create_task(client.ask(QUERIES["pay"], asked))
            await asyncio.sleep(1)
            began = time.monotonic()
            process.terminate()
            await refused(port)
            assert process.returncode is None and not answer.done()
            lets_go.set()
            assert (await answer)["payBills"]["userErrors"] == []
        assert await gone(process, began) < GONE_SECONDS


async def test_download_is_finished_for_a_slow_reader(
    db: Database, installation: Installation
) -> None:
    partner = await a_partner(db)
    content = bytes(range(256)) * (FILE_BYTES // 256)
    place = installation.files / "exports" / "exp_1" / "big.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    await _an_export(db, partner, "exports/exp_1/big.csv", content)
    expires = datetime.now(UTC) + timedelta(hours=1)
    link = download_path(partner, "exp_1", secret=DEVELOPMENT_SECRET, expires=expires)
    [port] = free_ports(1)
    async with installation.api(port) as (process, client):
        await up(process, client)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=READ_BYTES)
        writer.write(f"GET {link} HTTP/1.1\r\nHost: bills\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        process.terminate()
        digest, left = hashlib.sha256(), FILE_BYTES
        while left:
            some = await reader.readexactly(min(READ_BYTES, left))
            digest.update(some)
            left -= len(some)
            await asyncio.sleep(READ_SECONDS)
        assert digest.digest() == hashlib.sha256(content).digest()
        writer.close()
        assert await gone(process, began) < GONE_SECONDS


async def _an_export(db: Database, partner: int, key: str, content: bytes) -> None:
    async def write(tx: Tx) -> None:
        await ExportJob.create(
            using_db=tx.client, id=1, partner_id=partner, requested_by="ann",
            requested_at=datetime.now(UTC), first_cycle="2026-01", last_cycle="2026-01",
            view="DETAILS", format="CSV", version_ids=[], status="SUCCEEDED", part_count=1,
            file_name="big.csv", object_key=key, size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip

    await db.transact(write)


async def test_jobs_of_a_leaving_worker_are_done_or_given_back(
    db: Database, installation: Installation
) -> None:
    partner = await a_billed_partner(db)
    [port] = free_ports(1)
    async with installation.api(port) as (process, client):
        await up(process, client)
        client.sign_in(Role.PARTNER_FINANCE, partner)
        for number in range(EXPORTS):
            asked = {"from": "2026-01", "to": "2026-02", "key": f"e{number}"}
            await client.ask(QUERIES["export"], asked)
            if number == EXPORTS // 2:
                async with installation.worker() as worker:
                    await _exported(db, 3)
                    began = time.monotonic()
                    worker.terminate()
                    assert await gone(worker, began) < GONE_SECONDS
                    assert worker.returncode == 0
                left = await db.fetch("SELECT status, lost_runs FROM jobs WHERE kind = 'EXPORT'")
                assert {row["status"] for row in left} <= {"DONE", "QUEUED"}
                assert {row["lost_runs"] for row in left} == {0}
    async with installation.worker():
        await settled(db)
    assert await acts(db, "FINISH_EXPORT") == EXPORTS


async def _exported(db: Database, count: int) -> None:
    async with asyncio.timeout(60):
        while await acts(db, "FINISH_EXPORT") < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_hangs_is_gone_in_time_and_its_job_given_back(
    db: Database, installation: Installation
) -> None:
    partner, bill = await a_payable_bill(db)
    [port] = free_ports(1)
    [job] = await put_in(db, 1)
    async with installation.api(port) as (api, client):
        worker = await installation.begin_module("tests.hanging")
        await up(api, client)
        await _is_running(db, job)
        client.sign_in(Role.PARTNER_FINANCE, partner)
        async with held(db, partner):
            asked = {"bills": [f"bil_{bill}"], "amount": None, "key": "all"}
            paying = asyncio.create_task(_unanswered(client, asked))
            await asyncio.sleep(1)
            began = time.monotonic()
            api.terminate()
            took = await gone(api, began)
            assert took < GONE_SECONDS
            await paying
        began = time.monotonic()
        worker.terminate()
        assert await gone(worker, began) < GONE_SECONDS
    [row] = await db.fetch("SELECT status, owner, lost_runs FROM jobs WHERE id = $1", job)
    assert tuple(row) == ("QUEUED", None, 0)
    assert installation.log.read_text().count("exit_overdue") == 2


async def _is_running(db: Database, job: int) -> None:
    async with asyncio.timeout(60):
        while not await db.fetch(  # noqa: ASYNC110
            "SELECT id FROM jobs WHERE id = $1 AND status = 'RUNNING'", job
        ):
            await asyncio.sleep(0.05)


async def _unanswered(client: Client, asked: dict[str, Any]) -> None:
    """Ask, and get no answer that says that anything was done."""
    try:
        answer = await client.post(QUERIES["pay"], asked)
    except httpx2.TransportError:
        return
    assert answer.status_code >= 500 or "errors" in answer.json()
