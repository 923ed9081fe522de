"""Requests that GraphQL never sees, and the shape of those that it does."""

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.bodies import MAX_BODY_BYTES, read_body
from api.guard import GraphQLRequest, known_origins, parse_graphql_request, read_asked
from api.head import head_of
from api.status import http_headers, http_status
from models.rules.errors import BillingError, ErrorCode

ORIGINS = known_origins("https://bills.example.com/app", ["http://localhost:5173"])
JSON = {"content-type": "application/json"}
QUERY = b'{"query": "{ version }"}'
HASH = "ab" * 32


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        read = await read_asked(scope, head_of(scope), receive, origins=ORIGINS)
    except BillingError as refused:
        response = JSONResponse(
            {"code": refused.code, "message": refused.message},
            http_status(refused.code),
            http_headers(refused.code),
        )
    else:
        response = JSONResponse({"query": parse_graphql_request(read).query})
    await response(scope, receive, send)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    yield TestClient(echo)


def asked(client: TestClient, body: Any = QUERY, **headers: str) -> tuple[int, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post("/graphql", content=body, headers={**JSON, **named})
    return answer.status_code, answer.json().get("code", answer.json())


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"])
def test_method_that_neither_posts_nor_reads_is_refused(client: TestClient, method: str) -> None:
    answer = client.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8";',
    ],
)
def test_json_is_accepted(client: TestClient, media_type: str) -> None:
    assert asked(client, content_type=media_type) == (200, {"query": "{ version }"})


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/json" + " " * 50_000 + "x",
    ],
)
def test_other_media_type_is_refused(client: TestClient, media_type: str) -> None:
    assert asked(client, content_type=media_type) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "origin",
    [
        "https://bills.example.com",
        "https://bills.example.com:443",
        "HTTPS://Bills.Example.com",
        "http://localhost:5173",
        "http://testserver",
        "https://testserver",
    ],
)
def test_known_origin_is_accepted(client: TestClient, origin: str) -> None:
    assert asked(client, origin=origin)[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example.com",
        "http://bills.example.com",
        "https://bills.example.com:8443",
        "https://bills.example.com.evil.com",
        "https://bills.example.com@evil.com",
        "https://bills.example.com/",
        "http://localhost",
        "http://[",
        "testserver",
    ],
)
def test_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    assert asked(client, origin=origin) == (403, "ORIGIN_NOT_ALLOWED")


def test_setting_that_is_no_origin_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="http"):
        known_origins("https://bills.example.com", ["*"])


def test_body_at_the_limit_is_accepted_and_one_byte_more_is_not(client: TestClient) -> None:
    assert asked(client, QUERY.ljust(MAX_BODY_BYTES))[0] == 200
    assert asked(client, QUERY.ljust(MAX_BODY_BYTES + 1)) == (413, "BODY_TOO_LARGE")


async def test_body_without_end_is_read_no_further_than_the_limit() -> None:
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b" " * 1_000, "more_body": True}

    assert (await refusal_of(receive)).code is ErrorCode.BODY_TOO_LARGE
    assert received == 101


async def test_body_that_comes_too_slowly_is_refused() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    refused = await refusal_of(receive, seconds=0.05)
    assert (refused.code, http_status(refused.code)) == (ErrorCode.REQUEST_TIMEOUT, 408)


async def test_body_cut_off_is_refused() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert (await refusal_of(receive)).code is ErrorCode.BAD_REQUEST


async def refusal_of(receive: Receive, seconds: float = 10) -> BillingError:
    with pytest.raises(BillingError) as refused:
        await read_body(receive, seconds)
    return refused.value


def test_chunked_body_is_counted_alike(client: TestClient) -> None:
    assert asked(client, (b" " * 1_000 for _ in range(200))) == (413, "BODY_TOO_LARGE")
    assert asked(client, iter([QUERY[:5], QUERY[5:]]))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"x"',
        b"7",
        b"[]",
        b'[{"query": "{ version }"}]',
        b"{",
        b"{'query': 1}",
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b'\xef\xbb\xbf{"query": "{ version }"}',
        '{"query": "{ version }"}'.encode("utf-16"),
        b'{"query": "{ version }", "variables": {"a": NaN}}',
        b'{"query": "{ version }", "variables": {"a": -Infinity}}',
        b'{"query": "{ version }", "variables": {"a": 1e999}}',
        b"[" * 50_000 + b"]" * 50_000,
        b'{"query": "{ version }", "variables": {"a": ' + b"[" * 100_000,
        b'{"query": "{ version }", "variables": {"a": ' + b"[" * 39 + b"]" * 39 + b"}}",
    ],
)
def test_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BillingError) as refused:
        parse_graphql_request(body)
    assert refused.value.code is ErrorCode.BAD_REQUEST


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"query": None}, "query"),
        ({"query": 7, "extensions": {"persistedQuery": {"sha256Hash": HASH}}}, "query"),
        ({"query": 7}, "query"),
        ({"query": ["{ version }"]}, "query"),
        ({"variables": []}, "variables"),
        ({"variables": "{}"}, "variables"),
        ({"variables": False}, "variables"),
        ({"operationName": 7}, "operationName"),
        ({"operationName": {}}, "operationName"),
        ({"extensions": "x"}, "extensions"),
        ({"extensions": 0}, "extensions"),
    ],
)
def test_key_of_another_type_is_named(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(BillingError) as refused:
        parse_graphql_request(orjson.dumps({"query": "{ version }", **changes}))
    assert (refused.value.code, refused.value.path) == (ErrorCode.BAD_REQUEST, (key,))
    assert f"`{key}` must be" in refused.value.message


def test_request_is_read_with_all_its_parts() -> None:
    body = (
        b'{"query": "old", "query": "{ version }", "operationName": "q", "id": 7,'
        b' "variables": {"n": 5, "deep": [[[]]]},'
        b' "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "%b"}, "more": 1}}'
    ) % HASH.encode()
    assert parse_graphql_request(body) == GraphQLRequest(
        "{ version }", {"n": 5, "deep": [[[]]]}, "q", HASH
    )


@pytest.mark.parametrize(
    "persisted", [7, [], {}, {"sha256Hash": None}, {"sha256Hash": HASH[1:]},
                  {"sha256Hash": HASH.upper()}, {"sha256Hash": HASH + "\n"}],
)  # fmt: skip
def test_hash_of_another_form_is_refused(persisted: Any) -> None:
    body = orjson.dumps({"query": "{ version }", "extensions": {"persistedQuery": persisted}})
    with pytest.raises(BillingError) as refused:
        parse_graphql_request(body)
    assert refused.value.path == ("extensions", "persistedQuery", "sha256Hash")


def test_null_parts_are_absent_parts() -> None:
    body = b'{"query": "", "operationName": null, "variables": null, "extensions": null}'
    assert parse_graphql_request(body) == GraphQLRequest("")


keys = st.sampled_from(["query", "variables", "operationName", "extensions", "other"])
json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.text(max_size=5)),
    lambda children: st.one_of(st.lists(children), st.dictionaries(keys, children)),
)


@given(st.one_of(st.binary(max_size=40), json.map(orjson.dumps)))
def test_any_body_is_a_request_or_refused(body: bytes) -> None:
    try:
        read = parse_graphql_request(body)
        assert isinstance(read.query, str) or read.sha256
    except BillingError as refused:
        assert refused.code is ErrorCode.BAD_REQUEST


@pytest.mark.parametrize("code", ErrorCode)
def test_every_refusal_has_a_status_of_its_kind(code: ErrorCode) -> None:
    away = (ErrorCode.UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN)
    ours = {ErrorCode.INTERNAL: 500} | dict.fromkeys(away, 503)
    assert code in ours or 400 <= http_status(code) < 500
    assert http_status(code) == ours.get(code, http_status(code))
    assert ("WWW-Authenticate" in http_headers(code)) == (http_status(code) == 401)
