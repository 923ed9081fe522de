"""The WebSocket: what it refuses, and with which code; what it answers."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

import api.transport_handler
import api.websocket
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.live import Live, bearer, serve
from tests.api.month import a_month

BILLS = "subscription { billChanged { id } }"
ME = "{ viewer { role } }"
COSTLY = """subscription { billChanged { customers(first: 500) { nodes {
  charges(first: 100) { nodes { customer { id } } } } } } }"""


@pytest.fixture
async def live(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Live]:
    """A server that is waited for the first message for a moment only."""
    monkeypatch.setattr(api.websocket, "HELLO_SECONDS", 0.3)
    async with serve(database_url, tmp_path / "data") as live:
        yield live


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "UNAUTHENTICATED"),
        ({"payload": {}}, "UNAUTHENTICATED"),
        ({"payload": {"authorization": "Bearer a.b.c"}}, "UNAUTHENTICATED"),
        ({"payload": {"authorization": ["Bearer"]}}, "UNAUTHENTICATED"),
        ({"payload": {"authorization": bearer(1, lifetime=timedelta(hours=-1))}}, "TOKEN_EXPIRED"),
    ],
)
async def test_whoever_does_not_sign_in_is_sent_away(
    live: Live, payload: dict[str, Any], reason: str
) -> None:
    async with live.connect() as socket:
        await socket.say("connection_init", **payload)
        code, why = await socket.closed()
        assert (code, why.partition(":")[0]) == (4401, reason)


async def test_token_of_the_handshake_is_taken_too(live: Live) -> None:
    async with live.connect(additional_headers={"Authorization": bearer(1)}) as socket:
        await socket.say("connection_init")
        assert await socket.hear() == {"type": "connection_ack"}


async def test_connection_ends_with_its_token(live: Live, db: Database) -> None:
    month = await a_month(db)
    async with live.listen(bearer(month.partner, lifetime=timedelta(seconds=2))) as socket:
        await socket.subscribe(BILLS)
        await live.eventually(listeners=1)
        code, why = await socket.closed()
        assert (code, why.partition(":")[0]) == (4401, "TOKEN_EXPIRED")
    await live.eventually(listeners=0)


async def test_silence_at_the_beginning_is_not_waited_for(live: Live) -> None:
    async with live.connect() as socket:
        assert (await socket.closed())[0] == 4408


async def test_nothing_is_answered_before_the_acknowledgement(live: Live) -> None:
    async with live.connect() as socket:
        await socket.subscribe(ME)
        assert (await socket.closed())[0] == 4401


async def test_second_introduction_is_one_too_many(live: Live) -> None:
    async with live.listen(bearer(1)) as socket:
        await socket.say("connection_init", payload={"authorization": bearer(1)})
        assert (await socket.closed())[0] == 4429


async def test_operation_id_that_is_in_use_is_refused(live: Live, db: Database) -> None:
    month = await a_month(db)
    async with live.listen(bearer(month.partner)) as socket:
        await socket.subscribe(BILLS, "x")
        await socket.subscribe(BILLS, "x")
        assert (await socket.closed())[0] == 4409
    await live.eventually(listeners=0)


def _subscribe(payload: Any, operation_id: Any = "1") -> str:
    return json.dumps({"type": "subscribe", "id": operation_id, "payload": payload})


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        b"{}",
        "[]",
        "null",
        "{}",
        '{"type": 7}',
        '{"type": "nonsense"}',
        '{"type": "complete"}',
        '{"type": "subscribe", "id": "1"}',
        _subscribe([]),
        _subscribe({}),
        _subscribe({"query": 7}),
        _subscribe({"query": ME, "variables": []}),
        _subscribe({"query": ME, "operationName": 7}),
        _subscribe({"query": ME}, operation_id=[]),
        _subscribe({"query": ME}, operation_id=""),
        _subscribe({"query": ME}, operation_id="x" * 101),
        '{"type": "subscribe", "id": "1", "payload": {"query": "", "variables": '
        + '{"a":' * 50 + "1" + "}" * 50 + "}}",
        "[" * 50_000,
        json.dumps({"type": "ping", "payload": "x" * 100_000}),
    ],
)  # fmt: skip
async def test_malformed_message_ends_the_connection(live: Live, message: str | bytes) -> None:
    async with live.listen(bearer(1)) as socket:
        await socket.connection.send(message)
        assert (await socket.closed())[0] == 4400


async def test_foreign_pages_are_refused_at_the_door(live: Live) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with live.connect(origin="https://evil.example"):
            pass
    response = refused.value.response
    assert response.status_code == 403
    assert json.loads(response.body)["errors"][0]["extensions"]["code"] == "ORIGIN_NOT_ALLOWED"


async def test_pages_of_ours_are_let_in(live: Live) -> None:
    for origin in ("http://127.0.0.1:8000", f"http://127.0.0.1:{live.port}"):
        async with live.connect(origin=origin) as socket:
            await socket.say("connection_init", payload={"authorization": bearer(1)})
            assert await socket.hear() == {"type": "connection_ack"}


async def test_other_protocols_are_not_spoken(live: Live) -> None:
    for protocols in (["graphql-ws"], None):
        async with live.connect(subprotocols=protocols) as socket:
            assert (await socket.closed())[0] == 4406


async def test_ping_is_answered(live: Live) -> None:
    async with live.listen(bearer(1)) as socket:
        await socket.say("ping", payload={"at": 1})
        assert await socket.hear() == {"type": "pong"}


async def test_queries_and_mutations_are_answered_once(live: Live, db: Database) -> None:
    month = await a_month(db)
    async with live.listen(bearer(month.partner, Role.PARTNER_VIEWER)) as socket:
        for _ in range(2):
            await socket.subscribe("query($n: Boolean!) { viewer { role @include(if: $n) } }",
                                   variables={"n": True})  # fmt: skip
            assert await socket.next() == {"viewer": {"role": "PARTNER_VIEWER"}}
            assert await socket.hear() == {"id": "1", "type": "complete"}
        await socket.subscribe(
            'mutation { confirmBill(input: { billId: "bil_1", version: 1, digest: "" })'
            " { userErrors { code } } }"
        )
        assert await socket.next() == {"confirmBill": {"userErrors": [{"code": "FORBIDDEN"}]}}
        assert await socket.hear() == {"id": "1", "type": "complete"}


async def test_cursor_that_is_not_ours_is_refused_before_anything_happens(live: Live) -> None:
    query = 'subscription { billChanged { versions(after: "%s") { totalCount } } }'
    async with live.listen(bearer(1)) as socket:
        await socket.subscribe(query % b"nonsense".hex())
        assert await socket.refused() == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "SYNTAX_ERROR"),
        ("subscription { nothing }", "VALIDATION_FAILED"),
        ("subscription { a: billChanged { id } b: billChanged { id } }", "VALIDATION_FAILED"),
        ("subscription { billChanged { id } exportProgress(exportId: 1) { id } }",
         "VALIDATION_FAILED"),
        ("subscription($p: ID!) { billChanged(partnerId: $p) { id } }", "VALIDATION_FAILED"),
        ("subscription { billChanged { charges(first: 101) { totalCount } } }", "PAGE_TOO_LARGE"),
        (COSTLY, "QUERY_TOO_COSTLY"),
        ("subscription { billChanged { " + "partner { bills { nodes { " * 6 + "id"
         + " } } }" * 6 + " } }", "QUERY_TOO_DEEP"),
        ("subscription { billChanged { " + " ".join(f"a{i}: id" for i in range(31)) + " } }",
         "TOO_MANY_ALIASES"),
    ],
)  # fmt: skip
async def test_documents_have_the_same_limits_as_over_http(
    live: Live, query: str, code: str
) -> None:
    async with live.listen(bearer(1)) as socket:
        await socket.subscribe(query)
        assert await socket.refused() == code
        await socket.subscribe(ME)
        assert await socket.next() == {"viewer": {"role": "PARTNER_FINANCE"}}


async def test_one_connection_has_so_many_operations(
    live: Live, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.transport_handler, "OPERATIONS", 2)
    month = await a_month(db)
    async with live.listen(bearer(month.partner)) as socket:
        for number in "123":
            await socket.subscribe(BILLS, number)
        assert await socket.refused() == "TOO_MANY_SUBSCRIPTIONS"
        await live.eventually(listeners=2)


async def test_one_user_has_so_many_connections(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with serve(database_url, tmp_path, subscriptions_per_user=1) as live:
        async with live.listen(bearer(1)), live.connect() as second:
            await second.say("connection_init", payload={"authorization": bearer(1)})
            code, why = await second.closed()
            assert (code, why.partition(":")[0]) == (4429, "TOO_MANY_SUBSCRIPTIONS")
        async with live.listen(bearer(1)):
            pass
