"""What the endpoint refuses, and how it says so."""

from datetime import timedelta
from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import NOW, Client, open_client
from tests.api.month import a_month

ME = "{ viewer { subject role partner { id } } }"


async def test_viewer_is_who_the_token_names(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner, "liu")
    assert await api.ask(ME) == {
        "viewer": {
            "subject": "liu",
            "role": "PARTNER_VIEWER",
            "partner": {"id": f"prt_{month.partner}"},
        }
    }


async def test_expired_token_is_refused(api: Client) -> None:
    headers = api.headers
    api.now = NOW + timedelta(hours=2)
    answer = await api.http.post("/graphql", json={"query": ME}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"


async def test_forged_or_missing_token_is_refused(api: Client) -> None:
    forged = {"Authorization": api.headers["Authorization"][:-3] + "abc"}
    for headers in (forged, {}, {"Authorization": "Basic YTpi"}):
        answer = await api.http.post("/graphql", json={"query": ME}, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"no json", "BAD_REQUEST"),
        (b"null", "BAD_REQUEST"),
        (b'[{"query": "{viewer{role}}"}]', "BAD_REQUEST"),
        (b'{"query": "\xff"}', "BAD_REQUEST"),
        (b"[" * 50_000, "BAD_REQUEST"),
        (b'{"query": "' + b" " * 100_001 + b'"}', "BODY_TOO_LARGE"),
    ],
)
async def test_body_of_the_wrong_shape_is_refused(api: Client, body: bytes, code: str) -> None:
    headers = api.headers | {"Content-Type": "application/json"}
    answer = await api.http.post("/graphql", content=body, headers=headers)
    assert answer.status_code in {400, 413}
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_get_is_not_allowed(api: Client) -> None:
    answer = await api.http.get("/graphql", params={"query": ME}, headers=api.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_foreign_origin_is_refused(api: Client) -> None:
    headers = api.headers | {"Origin": "https://evil.example"}
    answer = await api.http.post("/graphql", json={"query": ME}, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "ORIGIN_NOT_ALLOWED"


WIDE = """{ partners(first: 100) { nodes { bills(first: 100) { nodes {
    customers(first: 100) { nodes { id } } } } } } }"""
BOMB = "{ viewer { partner { ...f0 } } } " + " ".join(
    f"fragment f{i} on Partner {{ ...f{i + 1} ...f{i + 1} }}" for i in range(30)
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer {", "SYNTAX_ERROR"),
        ("{ nothing }", "VALIDATION_FAILED"),
        ("{ viewer { partner { bills(first: 101) { totalCount } } } }", "PAGE_TOO_LARGE"),
        ("{ viewer { partner { bills(first: 0) { totalCount } } } }", "INVALID_INPUT"),
        ('{ viewer { partner { bills(cycle: "2026-13") { totalCount } } } }', "INVALID_MONTH"),
        ('{ viewer { partner { bills(currency: "XXQ") { totalCount } } } }', "INVALID_CURRENCY"),
        ('{ viewer { partner { bills(after: "zz") { totalCount } } } }', "INVALID_CURSOR"),
        ('{ viewer { partner { bills(after: "313233") { totalCount nodes { id } } } } }',
         "INVALID_CURSOR"),
        ("{" + " ".join(f"a{i}: viewer {{ role }}" for i in range(31)) + "}", "TOO_MANY_ALIASES"),
        ("{ viewer " + "@skip(if: false) " * 21 + "{ role } }", "TOO_MANY_DIRECTIVES"),
        ("{ " + "viewer { role } " * 1000 + "}", "TOO_MANY_TOKENS"),
        (BOMB + " fragment f30 on Partner { id }", None),
        (WIDE, "QUERY_TOO_COSTLY"),
    ],
)  # fmt: skip
async def test_hostile_or_wrong_query_is_refused(api: Client, query: str, code: str | None) -> None:
    answer = (await api.post(query)).json()
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes == ({code} if code else codes)
    assert "data" not in answer


async def test_introspection_can_be_switched_off(database_url: str, tmp_path: Any) -> None:
    async with open_client(database_url, tmp_path, introspection=False) as api:
        assert await api.refuse("{ __schema { queryType { name } } }") == "INTROSPECTION_DISABLED"


async def test_document_errors_follow_the_media_type(api: Client) -> None:
    newer = api.headers | {"Accept": "application/graphql-response+json"}
    answer = await api.http.post("/graphql", json={"query": "{ nothing }"}, headers=newer)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    older = await api.post("{ nothing }")
    assert older.status_code == 200
    assert older.headers["content-type"] == "application/json; charset=utf-8"
