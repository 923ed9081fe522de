"""Every request has an id, in its answer and in each of its log lines, and little else is told."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.watch import Watch
from jobs.demo.queries import QUERIES
from models.adapters.database import Database
from models.adapters.logs import configure_logs
from models.rules.principals import Role
from tests.api.broken import lose
from tests.api.client import Client, open_client
from tests.api.live import bearer, serve
from tests.api.month import a_month
from tests.api.test_customer_verbs import REVEAL

ME = "query Me { viewer { role } }"
Capture = pytest.CaptureFixture[str]


def lines(capsys: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def sent(api: Client, request_id: str, query: str = ME) -> str:
    headers = api.headers | {"X-Request-Id": request_id}
    answer = await api.http.post("/graphql", json={"query": query}, headers=headers)
    return str(answer.headers["x-request-id"])


async def test_id_of_the_client_is_answered(api: Client) -> None:
    for good in ("a", "0" * 64, "7d44e2b8-1f1c-4c9e-a3b6-6d8a2f0b9c11", "req_1.2-x"):
        assert await sent(api, good) == good


async def test_id_that_could_not_stand_in_a_log_is_not_taken(api: Client) -> None:
    for bad in ("0" * 65, "a b", '{"x":1}', "-x", "ä", "a;b"):
        headers = [(b"x-request-id", bad.encode("latin-1"))]
        answer = await api.http.get("/healthz", headers=headers)
        assert answer.headers["x-request-id"] != bad
        assert len(answer.headers["x-request-id"]) < 20


async def test_every_answer_has_an_id_of_its_own(api: Client) -> None:
    paths = ("/healthz", "/nothing", "/downloads/exp_1", "/graphql", "/graphiql")
    answers = [await api.http.get(path) for path in paths]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(paths)


async def test_lines_of_a_request_carry_its_id_and_nothing_personal(
    capsys: Capture, database_url: str, tmp_path: Path, db: Database
) -> None:
    month = await a_month(db)
    async with open_client(database_url, tmp_path, access_log=True) as api:
        api.sign_in(Role.SALES_OPS, None, "liu@example.com")
        await db.transact(lose, "customers")
        headers = api.headers | {"X-Request-Id": "r-1"}
        variables = {"customer": f"cus_{month.customers[0]}", "reason": "Ms Chan asked"}
        body = {"query": REVEAL, "variables": variables}
        answer = await api.http.post("/graphql", json=body, headers=headers)
    told = lines(capsys)
    failed, access = (line for line in told if line.get("request_id") == "r-1")
    assert failed["error_id"] == answer.json()["errors"][0]["extensions"]["errorId"]
    assert access | {"timestamp": "", "milliseconds": 0} == {
        "event": "request", "level": "info", "timestamp": "", "request_id": "r-1",
        "method": "POST", "route": "/graphql", "status": 200, "milliseconds": 0,
        "operation": "mutation", "name": "Reveal", "outcome": "failed",
    }  # fmt: skip
    text = json.dumps(told)
    for personal in ("Chan", "liu@", headers["Authorization"][7:], "cus_", "revealCustomer"):
        assert personal not in text


async def test_path_of_a_signed_link_is_not_told(
    capsys: Capture, database_url: str, tmp_path: Path
) -> None:
    async with open_client(database_url, tmp_path, access_log=True) as api:
        await api.http.get("/downloads/exp_77?partner=prt_1&signature=hush")
        await api.http.get("/healthz")
    [line] = [line for line in lines(capsys) if line["event"] == "request"]
    assert (line["route"], line["status"]) == ("/downloads", 403)
    assert "exp_77" not in json.dumps(line) and "hush" not in json.dumps(line)


async def test_there_is_no_line_for_each_request_unless_set(capsys: Capture, api: Client) -> None:
    await api.ask(ME)
    assert lines(capsys) == []


async def test_requests_at_once_keep_their_ids_apart(
    capsys: Capture, database_url: str, tmp_path: Path, db: Database
) -> None:
    month = await a_month(db)
    async with open_client(database_url, tmp_path) as api:
        api.sign_in(Role.PARTNER_FINANCE, month.partner)
        await db.transact(lose, "partners")
        ids = [f"r-{n}" for n in range(20)]
        answered = await asyncio.gather(*(sent(api, each, QUERIES["overview"]) for each in ids))
    assert answered == ids
    assert sorted(line["request_id"] for line in lines(capsys)) == sorted(ids)


async def test_page_of_another_origin_may_send_and_read_it(
    database_url: str, tmp_path: Path
) -> None:
    origin = "https://app.example"
    async with open_client(database_url, tmp_path, allowed_origins=[origin]) as api:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-request-id",
        }
        preflight = await api.http.options("/graphql", headers=asked)
        assert "x-request-id" in preflight.headers["access-control-allow-headers"]
        headers = api.headers | {"Origin": origin}
        answer = await api.http.post("/graphql", json={"query": ME}, headers=headers)
        assert answer.headers["access-control-expose-headers"] == "etag, x-request-id"


async def test_handshake_of_a_websocket_is_answered_with_an_id(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with serve(database_url, tmp_path) as live, live.connect() as socket:
        response = socket.connection.response
        assert response is not None and response.headers["x-request-id"]


async def test_operations_of_one_websocket_are_counted_apart(
    capsys: Capture, db: Database, database_url: str, tmp_path: Path
) -> None:
    from tests.api.test_metrics import Since, figures

    async with (
        serve(database_url, tmp_path) as live,
        open_client(database_url, tmp_path) as api,
        live.listen(bearer(None, Role.AUDITOR)) as socket,
    ):
        before = await figures(api)
        for number, query in enumerate((ME, "{ nothing }", ME)):
            await socket.subscribe(query, str(number))
        ended = [await socket.hear() for _ in range(5)]  # two answers, three ends
        assert sorted(message["type"] for message in ended) == [
            "complete", "complete", "error", "next", "next",
        ]  # fmt: skip
        grown = Since(before, await figures(api))
        assert grown("graphql_seconds_count", {"operation": "query", "outcome": "ok"}) == 2


async def asked_of(app: Any) -> list[Message]:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    configure_logs()  # to where this test reads
    scope = {"type": "http", "path": "/x", "method": "GET", "headers": []}
    await Watch(app, prefix="p-")(scope, receive, send)
    return messages


async def test_what_nothing_has_caught_is_answered_masked_and_logged_once(
    capsys: Capture,
) -> None:
    someone = "liu@example.com"

    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError(someone)

    start, body = await asked_of(broken)
    assert (start["status"], dict(start["headers"])[b"x-request-id"]) == (500, b"p-1")
    assert b"INTERNAL" in body["body"] and b"liu" not in body["body"]
    [line] = lines(capsys)
    assert line["event"] == "request_failed" and "liu" not in json.dumps(line)


async def test_answer_that_has_begun_is_not_begun_again(capsys: Capture) -> None:
    async def breaks(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    assert [message["type"] for message in await asked_of(breaks)] == ["http.response.start"]
