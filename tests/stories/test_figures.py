"""Figures of real processes: a server of several counts as one, and a worker has its own."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import httpx2
import pytest

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.month import a_month
from tests.figures import Figures, figure, read_figures
from tests.processes import eventually
from tests.stories.processes import Installation, free_ports, settled, up

ME = "{ viewer { role } }"
ASKED = 60


async def figures(url: str) -> Figures:
    async with httpx2.AsyncClient(timeout=30) as http:
        return read_figures((await http.get(f"{url}/metrics")).text)


def children(pid: int) -> list[int]:
    """Processes that it has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="finds children as Linux lists them"
)
async def test_processes_of_one_server_count_as_one(
    db: Database, installation: Installation
) -> None:
    month = await a_month(db)
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    async with installation.api(port, "--workers", "2") as (process, client):
        await up(process, client)
        client.sign_in(Role.PARTNER_FINANCE, month.partner)

        async def ask() -> None:
            # A connection of its own: it may reach either process.
            async with httpx2.AsyncClient(base_url=url) as http:
                answer = await http.post("/graphql", json={"query": ME}, headers=client.headers)
                assert answer.status_code == 200

        labels = {"operation": "query", "outcome": "ok"}
        for _ in range(ASKED):
            await ask()
        counted = [figure(await figures(url), "graphql_seconds_count", labels) for _ in range(8)]
        assert counted == [ASKED] * 8
        # What a process has counted outlives it.
        servers = [pid for pid in children(process.pid) if b"spawn_main" in _command(pid)]
        assert len(servers) == 2
        os.kill(servers[0], signal.SIGKILL)
        assert eventually(lambda: servers[0] not in children(process.pid))
        await _answers_again(url)
        await ask()
        assert figure(await figures(url), "graphql_seconds_count", labels) == ASKED + 1


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def _answers_again(url: str) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                await figures(url)
                return
            await asyncio.sleep(0.1)


async def test_worker_answers_probes_and_tells_what_it_did(
    db: Database, installation: Installation
) -> None:
    await a_month(db)
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    async with installation.worker("--metrics-port", str(port)):
        await _answers_again(url)
        async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
            assert (await http.get("/healthz")).json() == {"status": "ok"}
            assert (await http.get("/readyz")).status_code == 200
            assert (await http.get("/graphql")).status_code == 404
        await settled(db)
        found = await _with_jobs(url)
        assert figure(found, "jobs_run_total", {"kind": "ESTIMATE", "outcome": "done"}) == 1
        assert figure(found, "sweeps_total", {"outcome": "done"}) > 0
        assert figure(found, "workers") == 1
        assert figure(found, "database_up") == 1
    assert await db.fetch("SELECT owner FROM worker_signs") == []


async def _with_jobs(url: str) -> Figures:
    async with asyncio.timeout(60):
        while True:
            found = await figures(url)
            if figure(found, "workers") and any(
                name == "bills_jobs_run_total" for name, _ in found
            ):
                return found
            await asyncio.sleep(0.2)


async def test_worker_says_when_its_port_is_taken(db: Database, installation: Installation) -> None:
    [port] = free_ports(1)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with server:
        process = await installation.begin("worker", "--metrics-port", str(port))
        assert await asyncio.wait_for(process.wait(), 60) == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in installation.log.read_text()
