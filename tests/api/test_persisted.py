"""Documents by their hash: registered by clients, asked for by GET, or trusted and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.errors import InvalidInput
from models.rules.principals import Role
from tests.api.asking import code_of, get, hash_of, persisted, register
from tests.api.client import Client, open_client
from tests.api.month import a_month

NAME = "query Name($id: ID!) { partner(id: $id) { name } }"
ME = "{ viewer { role } }"
CONFIRM = 'mutation { confirmBill(input: { billId: "bil_1", version: 1, digest: "0" }) { bill { id } userErrors { code } } }'  # noqa: E501


async def test_hash_stands_for_its_document_once_that_was_sent(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    variables = {"id": f"prt_{month.partner}"}
    unknown = await get(api, NAME, variables)
    assert (unknown.status_code, code_of(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown.headers["cache-control"] == "no-store"
    expected = {"partner": {"name": "Northwind"}}
    assert (await register(api, NAME, variables)).json()["data"] == expected
    assert (await get(api, NAME, variables)).json()["data"] == expected
    by_post = {"variables": variables, "extensions": persisted(NAME)}
    answer = await api.http.post("/graphql", json=by_post, headers=api.headers)
    assert answer.json()["data"] == expected


async def test_unknown_hash_is_a_404_under_the_newer_media_type(api: Client) -> None:
    answer = await get(api, ME, Accept="application/graphql-response+json")
    assert (answer.status_code, code_of(answer)) == (404, "PERSISTED_QUERY_NOT_FOUND")


async def test_document_is_registered_under_its_own_hash_only(api: Client) -> None:
    body = {"query": ME, "extensions": persisted(NAME)}
    answer = await api.http.post("/graphql", json=body, headers=api.headers)
    assert code_of(answer) == "BAD_REQUEST"
    assert code_of(await get(api, NAME)) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("query", ["{ viewer {", "{ nothing }", "{ viewer { role } } " * 3])
async def test_document_that_is_not_valid_is_not_registered(api: Client, query: str) -> None:
    await register(api, query)
    assert code_of(await get(api, query)) == "PERSISTED_QUERY_NOT_FOUND"


async def test_operation_of_a_persisted_document_is_named(api: Client) -> None:
    two = "query A { viewer { role } } query B { viewer { subject } }"
    body = {"query": two, "operationName": "A", "extensions": persisted(two)}
    assert "errors" not in (await api.http.post("/graphql", json=body, headers=api.headers)).json()
    parameters = {"extensions": json.dumps(persisted(two)), "operationName": "B"}
    answer = await api.http.get("/graphql", params=parameters, headers=api.headers)
    assert answer.json()["data"] == {"viewer": {"subject": "ann"}}


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"query": ME}, 405, "METHOD_NOT_ALLOWED"),
        ({}, 405, "METHOD_NOT_ALLOWED"),
        ({"extensions": "{"}, 400, "BAD_REQUEST"),
        ({"extensions": "[]"}, 400, "BAD_REQUEST"),
        ({"extensions": "{}"}, 400, "BAD_REQUEST"),
        ({"extensions": json.dumps(persisted(ME)), "variables": "nope"}, 400, "BAD_REQUEST"),
        ({"extensions": json.dumps(persisted(ME)), "variables": "[1]"}, 400, "BAD_REQUEST"),
        ({"extensions": [json.dumps(persisted(ME))] * 2}, 400, "BAD_REQUEST"),
        ({"extensions": json.dumps(persisted(ME)), "x": [str(n) for n in range(20)]},
         400, "BAD_REQUEST"),
    ],
)  # fmt: skip
async def test_get_of_another_form_is_refused(
    api: Client, parameters: dict[str, Any], status: int, code: str
) -> None:
    answer = await api.http.get("/graphql", params=parameters, headers=api.headers)
    assert (answer.status_code, code_of(answer)) == (status, code)


async def test_mutation_is_never_run_by_get(api: Client) -> None:
    await register(api, CONFIRM)
    answer = await get(api, CONFIRM)
    assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "POST"


async def test_get_needs_a_token_and_a_known_origin(api: Client) -> None:
    await register(api, ME)
    foreign = await get(api, ME, Origin="https://evil.example")
    assert (foreign.status_code, code_of(foreign)) == (403, "ORIGIN_NOT_ALLOWED")
    parameters = {"extensions": json.dumps(persisted(ME))}
    nobody = await api.http.get("/graphql", params=parameters)
    assert (nobody.status_code, code_of(nobody)) == (401, "UNAUTHENTICATED")


async def test_head_is_a_get_without_its_body(api: Client) -> None:
    await register(api, ME)
    parameters = {"extensions": json.dumps(persisted(ME))}
    answer = await api.http.request("HEAD", "/graphql", params=parameters, headers=api.headers)
    assert answer.status_code == 200


def trusted_file(folder: Path, content: Any) -> Path:
    place = folder / "trusted.json"
    place.write_text(json.dumps(content))
    return place


APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": hash_of(ME), "name": "Me", "type": "query", "body": ME}],
}


@pytest.mark.parametrize("content", [APOLLO, {hash_of(ME): ME}])
async def test_trusted_documents_are_answered_and_nothing_else(
    database_url: str, tmp_path: Path, content: Any
) -> None:
    place = trusted_file(tmp_path, content)
    async with open_client(database_url, tmp_path / "data", trusted_documents=place) as api:
        expected = {"viewer": {"role": "PARTNER_FINANCE"}}
        assert (await get(api, ME)).json()["data"] == expected
        assert (await api.post(ME)).json()["data"] == expected
        assert (await register(api, ME)).json()["data"] == expected
        for refused in (
            await api.post("{ viewer { subject } }"),
            await api.post("{ __schema { queryType { name } } }"),
            await api.post(ME + " "),
            await register(api, NAME, {"id": "prt_1"}),
            await get(api, NAME, {"id": "prt_1"}),
        ):
            assert (refused.status_code, code_of(refused)) == (403, "DOCUMENT_NOT_TRUSTED")


async def test_trusted_mode_holds_for_streams(database_url: str, tmp_path: Path) -> None:
    place = trusted_file(tmp_path, APOLLO)
    async with open_client(database_url, tmp_path / "data", trusted_documents=place) as api:
        headers = api.headers | {"Accept": "text/event-stream"}
        body = {"query": 'subscription { exportProgress(exportId: "exp_1") { id } }'}
        answer = await api.http.post("/graphql", json=body, headers=headers)
        assert "DOCUMENT_NOT_TRUSTED" in answer.text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([], "An object was expected"),
        ({}, "no document"),
        ({hash_of(NAME): ME}, f"it is not the SHA-256 of its document, which is {hash_of(ME)}"),
        ({hash_of("{ nothing }"): "{ nothing }"}, "does not fit the schema"),
        ({hash_of("{"): "{"}, "Syntax Error"),
        ({**APOLLO, "operations": [{"id": hash_of(ME)}]}, "body: this is missing"),
    ],
)
async def test_list_of_documents_that_cannot_be_meant_stops_the_start(
    database_url: str, tmp_path: Path, content: Any, what: str
) -> None:
    place = trusted_file(tmp_path, content)
    with pytest.raises(InvalidInput) as refused:
        async with open_client(database_url, tmp_path / "data", trusted_documents=place):
            pass
    assert what in refused.value.message
