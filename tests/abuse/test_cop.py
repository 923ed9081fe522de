"""graphql-cop's checks find nothing here, and would find it where it is."""

from collections.abc import Mapping

import httpx2
import orjson
import pytest
import strawberry
from graphql import (
    GraphQLError,
    MaxIntrospectionDepthRule,
    OverlappingFieldsCanBeMergedRule,
    execute_sync,
    parse,
    specified_rules,
    validate,
)
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from bench.abuse.cop import CHECKS, Answer, Check, Severity
from bench.abuse.target import Target


@strawberry.type
class _Viewer:
    role: str = "x"


@strawberry.type(name="Query")
class _Query:
    viewer: _Viewer


@strawberry.type(name="Mutation")
class _Mutation:
    viewer: _Viewer


_CARELESS = strawberry.Schema(query=_Query, mutation=_Mutation)._schema


async def careless(scope: Scope, receive: Receive, send: Send) -> None:
    """A server that answers whatever it is asked, however."""
    await (await _answer(Request(scope, receive)))(scope, receive, send)


async def _answer(request: Request) -> Response:
    if "html" in request.headers.get("accept", ""):
        return HTMLResponse("<title>GraphiQL</title>")
    if request.method == "GET":
        asked = dict(request.query_params)
    elif "json" in request.headers["content-type"]:
        asked = await request.json()
    else:
        asked = {"query": (await request.body()).decode().split("=")[1]}
        asked["query"] = str(httpx2.QueryParams("q=" + asked["query"])["q"])
    many = asked if isinstance(asked, list) else [asked]
    answers = [_execute(one["query"]) for one in many]
    return JSONResponse(answers if isinstance(asked, list) else answers[0])


def _execute(text: str) -> dict[str, object]:
    try:
        document = parse(text)
    except GraphQLError as broken:
        return {"errors": [{"message": broken.message, "exception": repr(broken)}]}
    # The library has limits of its own on both.
    limiting = (MaxIntrospectionDepthRule, OverlappingFieldsCanBeMergedRule)
    rules = [rule for rule in specified_rules if rule not in limiting]
    errors = validate(_CARELESS, document, rules)
    if errors:
        return {"errors": [{"message": error.message} for error in errors]}
    done = execute_sync(_CARELESS, document, root_value=_Query(viewer=_Viewer()))
    return {"data": done.data, "extensions": {"tracing": {}}}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.title)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_check_finds_what_it_looks_for(check: Check) -> None:
    client = TestClient(careless)

    def send(method: str, query: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = client.request(method, f"/graphql?{query}", content=body, headers=headers)
        return Answer(answer.status_code, answer.text)

    assert check.finds(send)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.title)
def test_check_finds_nothing_here(check: Check, target: Target, http: httpx2.Client) -> None:
    def send(method: str, query: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        signed = {"Authorization": target.bearer("mallory"), **headers}
        answer = http.request(method, f"/graphql?{query}", content=body, headers=signed)
        return Answer(answer.status_code, answer.text)

    assert not check.finds(send)


def test_server_that_was_checked_does_answer(target: Target, http: httpx2.Client) -> None:
    headers = {"Authorization": target.bearer("mallory"), "Content-Type": "application/json"}
    body = orjson.dumps({"query": "query cop { __typename }"})
    assert http.post("/graphql", content=body, headers=headers).json()["data"] == {
        "__typename": "Query"
    }


def test_checks_have_graphql_cops_severities() -> None:
    counts = {severity: sum(c.severity is severity for c in CHECKS) for severity in Severity}
    assert counts == {
        Severity.HIGH: 6, Severity.MEDIUM: 3, Severity.LOW: 2, Severity.INFO: 2,
    }  # fmt: skip
