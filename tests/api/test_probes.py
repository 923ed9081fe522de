"""What machines ask the API: does it live, can it do its part, and how do things stand."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis

from models.adapters.database import Database, Tx
from models.reads.migrations import KNOWN
from tests.api.client import Client, open_client
from tests.conftest import BACKEND
from tests.outages import tunnel_to
from tests.valkeys import embedded_valkey

# Every check is given up after 1.5 s; the rest is patience with a busy machine.
BOUND_SECONDS = 4.5
TOKEN = "a-token-for-prometheus"


async def ready(api: Client) -> tuple[int, dict[str, Any]]:
    """Status, and every part by its name."""
    answer = await api.http.get("/readyz")
    parts = answer.json()["parts"]
    assert answer.json()["isReady"] is (answer.status_code == 200)
    assert len(answer.text.splitlines()) == len(parts) + 2
    return answer.status_code, {part["part"]: part for part in parts}


async def becomes(api: Client, status: int) -> dict[str, Any]:
    """The parts, once the status is that; a remembered answer holds for a second."""
    async with asyncio.timeout(10):
        while True:
            found, parts = await ready(api)
            if found == status:
                return parts
            await asyncio.sleep(0.05)


async def test_process_lives_and_is_ready_without_sign_in(api: Client) -> None:
    assert (await api.http.get("/healthz")).json() == {"status": "ok"}
    status, parts = await ready(api)
    assert status == 200
    assert {name: (part["isWell"], part["isNeeded"]) for name, part in parts.items()} == {
        "database": (True, True),
        "migrations": (True, True),
        "queue": (True, False),
        "file store": (True, True),
    }


async def test_missing_migration_makes_it_unready_and_is_named(api: Client, db: Database) -> None:
    async def forget(tx: Tx) -> None:
        await tx.execute("DELETE FROM tortoise_migrations WHERE name = $1", KNOWN[-1])

    await db.transact(forget)
    status, parts = await ready(api)
    assert status == 503
    assert parts["database"]["isWell"]
    assert KNOWN[-1] in parts["migrations"]["finding"]
    assert "migrate" in parts["migrations"]["finding"]


async def test_migration_of_a_later_release_does_no_harm(api: Client, db: Database) -> None:
    async def add(tx: Tx) -> None:
        await tx.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999', $1)",
            api.now,
        )

    await db.transact(add)
    assert (await ready(api))[0] == 200


@pytest.mark.skipif(BACKEND != "sqlite", reason="a file that is moved away is SQLite's")
async def test_database_file_that_is_gone_makes_it_unready(api: Client, tmp_path: Path) -> None:
    file = tmp_path / "bills.sqlite3"
    file.rename(tmp_path / "elsewhere")
    status, parts = await ready(api)
    assert (status, parts["database"]["isWell"]) == (503, False)
    assert str(tmp_path) not in str(parts)
    assert (await api.http.get("/healthz")).status_code == 200
    (tmp_path / "elsewhere").rename(file)
    await becomes(api, 200)


@asynccontextmanager
async def _far_api(database_url: str, folder: Path) -> AsyncIterator[tuple[Client, Any]]:
    async with tunnel_to(database_url) as tunnel, open_client(tunnel.url, folder) as api:
        yield api, tunnel


@pytest.mark.skipif(BACKEND != "postgres", reason="there is no way to SQLite that could be blocked")
async def test_database_that_hangs_makes_it_unready_in_time(
    database_url: str, tmp_path: Path
) -> None:
    async with _far_api(database_url, tmp_path) as (api, tunnel):
        await becomes(api, 200)
        tunnel.stall()
        await asyncio.sleep(1.1)
        for _ in range(3):
            began = time.monotonic()
            status, parts = await ready(api)
            assert time.monotonic() - began < BOUND_SECONDS
            assert (status, parts["database"]["isWell"]) == (503, False)
            assert (await api.http.get("/healthz")).status_code == 200
        tunnel.resume()
        await becomes(api, 200)
        tunnel.cut()
        await becomes(api, 200)


@pytest.mark.skipif(BACKEND != "postgres", reason="there is no way to SQLite that could be blocked")
async def test_figures_are_given_without_the_database(database_url: str, tmp_path: Path) -> None:
    async with _far_api(database_url, tmp_path) as (api, tunnel):
        tunnel.stall()
        text = (await api.http.get("/metrics", timeout=30)).text
        assert "bills_database_up 0.0" in text
        assert "bills_http_requests_total" in text
        assert "bills_jobs{" not in text


async def test_queue_that_hangs_is_shown_and_makes_nothing_unready(
    database_url: str, tmp_path: Path
) -> None:
    with embedded_valkey(tmp_path) as url:
        async with open_client(database_url, tmp_path, redis_url=url) as api:
            assert (await ready(api))[1]["queue"]["finding"] == "answers"
            with Redis.from_url(url) as client:
                pid = int(client.info("server")["process_id"])
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(1.1)
                status, parts = await ready(api)
            finally:
                os.kill(pid, signal.SIGCONT)
            assert (status, parts["queue"]["isWell"]) == (200, False)


async def test_folder_that_is_gone_makes_it_unready(api: Client, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "files"
    await becomes(api, 200)
    folder.rmdir()
    parts = await becomes(api, 503)
    assert not parts["file store"]["isWell"]
    folder.mkdir()
    await becomes(api, 200)


async def test_answers_are_remembered_for_a_second(api: Client, db: Database) -> None:
    await ready(api)

    async def forget(tx: Tx) -> None:
        await tx.execute("DELETE FROM tortoise_migrations WHERE name = $1", KNOWN[-1])

    await db.transact(forget)
    assert [(await ready(api))[0] for _ in range(20)] == [200] * 20
    await becomes(api, 503)


async def metrics(api: Client, token: str | None = None) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await api.http.get("/metrics", headers=headers)


async def test_metrics_are_open_unless_there_is_a_token(
    api: Client, database_url: str, tmp_path: Path
) -> None:
    answer = await metrics(api)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    async with open_client(database_url, tmp_path, metrics_token=TOKEN) as other:
        refused = await metrics(other)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert (await metrics(other, "another")).status_code == 401
        assert (await metrics(other, other.headers["Authorization"][7:])).status_code == 401
        assert (await metrics(other, TOKEN)).status_code == 200


async def test_metrics_are_closed_in_production_without_a_token(
    database_url: str, tmp_path: Path
) -> None:
    from tests.adapters.test_settings import SAFE

    async with open_client(database_url, tmp_path, **SAFE) as api:
        refused = await metrics(api)
        assert (refused.status_code, "BILLS_METRICS_TOKEN" in refused.text) == (403, True)
        assert (await metrics(api, "x")).status_code == 403
    async with open_client(database_url, tmp_path, **SAFE, metrics_token=TOKEN) as api:
        assert (await metrics(api, TOKEN)).status_code == 200
