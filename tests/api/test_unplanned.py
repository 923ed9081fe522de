"""What the read engine does not take, and what happens to it."""

from typing import Any

import pytest
from graphql import GraphQLSchema

from api.app import Api
from api.planner import PLANNED
from api.schema import build_schema
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.api.month import a_month

CONFIRM = """mutation C($id: ID!, $digest: String!, $after: Cursor) {
    confirmBill(input: { billId: $id, version: 1, digest: $digest }) {
        bill { status shown: versions(after: $after) { totalCount } } userErrors { code } } }"""
STATUS = "query S($id: ID!) { bill(id: $id) { status digest } }"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def test_engine_takes_every_field_of_query(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    assert set(schema.query_type.fields) - PLANNED == set()


def unplanned(api: Client) -> int:
    """How many operations the ordinary executor has run."""
    app: Any = api.http._transport.app  # type: ignore[attr-defined]
    assert isinstance(app, Api)
    return int(app.graphql.executor.unplanned)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "is_planned"),
    [
        ("{ viewer { role } }", True),
        ("{ viewer { role } viewer { subject } node(id: \"x\") { id } }", True),
        ("query A { viewer { role } }", True),
        ("{ __typename }", False),
        ("{ __typename viewer { role } }", False),
        ("{ __schema { queryType { name } } }", False),
        ('{ __type(name: "Bill") { name } viewer { role } }', False),
        ('mutation { confirmBill(input: { billId: "x", version: 1, digest: "" }) { bill { id } } }',
         False),
    ],
)  # fmt: skip
async def test_ordinary_executor_runs_the_rest_and_it_is_counted(
    api: Client, query: str, is_planned: bool
) -> None:
    before = unplanned(api)
    assert "errors" not in (await api.post(query)).json()
    assert unplanned(api) - before == (0 if is_planned else 1)


async def an_issued_bill(api: Client, db: Database) -> tuple[dict[str, str], str]:
    """The bill of a partner whose finance is signed in: what names it, and its digest."""
    month = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    bill = {"id": f"bil_{month.bills[0]}"}
    return bill, (await api.ask(STATUS, bill))["bill"]["digest"]


async def test_argument_below_a_mutation_is_checked_before_it_runs(
    api: Client, db: Database
) -> None:
    bill, digest = await an_issued_bill(api, db)
    sent = {**bill, "digest": digest}
    answer = (await api.post(CONFIRM, {**sent, "after": b"nonsense".hex()})).json()
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INVALID_CURSOR"
    assert error["path"] == ["confirmBill", "bill", "shown"]
    assert "data" not in answer
    assert (await api.ask(STATUS, bill))["bill"]["status"] == "ISSUED"
    done = await api.ask(CONFIRM, {**sent, "after": None})
    assert done["confirmBill"]["bill"]["status"] == "CONFIRMED"


async def test_refused_argument_names_its_field(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    query = """query Q($after: Cursor) { viewer { me: partner { bills { nodes {
        mine: charges(after: $after) { nodes { id } } } } } } }"""
    answer = (await api.post(query, {"after": b"x".hex()})).json()
    (error,) = answer["errors"]
    assert error["path"] == ["viewer", "me", "bills", "nodes", "mine"]
    assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "beside", ["__typename", '__type(name: "Bill") { name }', "node: __typename"]
)
async def test_node_has_its_type_beside_what_is_not_planned(
    api: Client, db: Database, beside: str
) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    query = "query Q($id: ID!) { %s found: node(id: $id) { id ... on Bill { __typename: cycle } } }"
    for public_id in (f"bil_{month.bills[0]}", "bil_99", "nothing"):
        found = (await api.ask(query % beside, {"id": public_id}))["found"]
        cycle = {"id": public_id, "__typename": "2026-10"}
        assert found == (cycle if public_id == f"bil_{month.bills[0]}" else None)


# Within each other as deep as a document may be: more than old versions of SQLite can read.
BELOW = "versions(first: 1) { nodes { bill { "
DEEP = "partner { bills(first: 1) { nodes { " + BELOW * 3 + "id" + " } } }" * 4


async def test_what_is_too_deep_below_a_mutation_is_refused_before_it_runs(
    api: Client, db: Database
) -> None:
    bill, digest = await an_issued_bill(api, db)
    confirm = CONFIRM.replace("status shown", f"status {DEEP} shown")
    answer = (await api.post(confirm, {**bill, "digest": digest})).json()
    status = (await api.ask(STATUS, bill))["bill"]["status"]
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_DEEP"
        assert (status, "data" in answer) == ("ISSUED", False)
    else:
        assert status == "CONFIRMED"


@pytest.mark.parametrize(
    "query",
    [
        "query Q($n: Int!) { viewer { partner { bills(first: $n) { totalCount } } } }",
        "query Q($n: Int!) { viewer { partner { bills(first: $n) { pageInfo { __typename } } } } }",
        (
            "query Q($n: Int!) { viewer { partner { bills { nodes { id @include(if: false) } } } }"
            " partners(first: $n) { __typename } }"
        ),
    ],
)
async def test_argument_that_nothing_asked_for_depends_on_does_no_harm(
    api: Client, db: Database, query: str
) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    assert await api.ask(query, {"n": 3})
