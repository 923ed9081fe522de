"""Server-sent events: when an answer is a stream, and how the stream ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from strawberry.http.streaming import SSETransport

import api.event_stream
from models.adapters.database import Database
from tests.api.live import Live, bearer, serve
from tests.api.month import a_month

BILLS = "subscription { billChanged { id } }"
ME = "{ viewer { role } }"
EVENTS, JSON = "text/event-stream", "application/json"


@pytest.fixture
async def live(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    """A server on this test's database."""
    async with serve(database_url, tmp_path / "data") as live:
        yield live


async def _post(live: Live, query: str, **headers: str) -> httpx2.Response:
    url = f"http://127.0.0.1:{live.port}/graphql"
    async with httpx2.AsyncClient() as http:
        return await http.post(url, json={"query": query}, headers=headers)


async def test_stream_may_not_be_kept_or_transformed(live: Live, db: Database) -> None:
    month = await a_month(db)
    async with live.events(bearer(month.partner), BILLS) as events:
        headers = events.response.headers
        assert events.response.status_code == 200
        assert headers["content-type"] == EVENTS
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"


async def test_query_is_one_event_for_who_reads_nothing_else(live: Live) -> None:
    async with live.events(bearer(1), ME) as events:
        assert await events.next() == {"viewer": {"role": "PARTNER_FINANCE"}}
        await events.completed()


async def test_query_is_json_for_who_reads_both(live: Live) -> None:
    answer = await _post(live, ME, Authorization=bearer(1), Accept=f"{JSON}, {EVENTS}")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json()["data"] == {"viewer": {"role": "PARTNER_FINANCE"}}


async def test_subscription_is_a_stream_for_who_reads_both(live: Live, db: Database) -> None:
    query = 'subscription { exportProgress(exportId: "exp_1") { id } }'
    async with live.events(bearer(1), query, Accept=f"{JSON}, {EVENTS}") as events:
        assert await events.next() == {"exportProgress": None}
        await events.completed()


async def test_subscription_needs_a_stream(live: Live) -> None:
    answer = await _post(live, BILLS, Authorization=bearer(1), Accept=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "UNAUTHENTICATED"),
        ({"Authorization": bearer(1, lifetime=timedelta(hours=-1))}, 401, "TOKEN_EXPIRED"),
        ({"Authorization": bearer(1), "Origin": "https://evil.example"}, 403,
         "ORIGIN_NOT_ALLOWED"),
    ],
)  # fmt: skip
async def test_whoever_may_not_ask_gets_no_stream(
    live: Live, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await _post(live, BILLS, Accept=EVENTS, **headers)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "SYNTAX_ERROR"),
        ("subscription { nothing }", "VALIDATION_FAILED"),
        ("subscription { billChanged { charges(first: 101) { totalCount } } }", "PAGE_TOO_LARGE"),
    ],
)
async def test_wrong_document_is_told_in_the_stream(live: Live, query: str, code: str) -> None:
    async with live.events(bearer(1), query) as events:
        assert await events.refused() == code
        await events.completed()


async def test_stream_ends_with_its_token(live: Live, db: Database) -> None:
    month = await a_month(db)
    async with live.events(bearer(month.partner, lifetime=timedelta(seconds=2)), BILLS) as events:
        assert await events.refused() == "TOKEN_EXPIRED"
        await events.completed()
    assert live.changes.listeners == []


async def test_silence_is_broken_now_and_then(
    live: Live, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.event_stream, "PING_SECONDS", 0.05)
    month = await a_month(db)
    async with live.events(bearer(month.partner), BILLS) as events:
        lines = events.response.aiter_lines()
        assert [await anext(lines) for _ in range(4)] == [": ping", "", ": ping", ""]


class _Loud(SSETransport):
    """Says so much that what nobody reads fills every buffer between here and there."""

    def encode_comment(self, comment: str) -> str:
        return super().encode_comment(comment * 100_000)


async def test_whoever_does_not_read_is_left_when_the_token_ends(
    live: Live, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.event_stream, "FAREWELL_SECONDS", 0.1)
    monkeypatch.setattr(api.event_stream, "PING_SECONDS", 0.001)
    monkeypatch.setattr(api.event_stream, "SSE", _Loud())
    month = await a_month(db)
    body = json.dumps({"query": BILLS})
    headers = {
        "Host": "bills",
        "Authorization": bearer(month.partner, lifetime=timedelta(seconds=2)),
        "Accept": EVENTS,
        "Content-Type": JSON,
        "Content-Length": str(len(body)),
    }
    lines = ["POST /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    _, writer = await asyncio.open_connection("127.0.0.1", live.port, limit=1)
    writer.write(("\r\n".join([*lines, "", body])).encode())
    await live.eventually(listeners=1)
    await live.eventually(listeners=0)
    writer.close()
