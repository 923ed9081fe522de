"""A variable that is null where only its absence is provided for: refused before anything runs."""

from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.api.month import Month, a_month


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    month = await a_month(db)
    await a_month(db, name="Southwind")
    api.sign_in(Role.SALES_OPS)
    return month


@pytest.mark.parametrize(
    ("variable", "selection"),
    [
        ('ID = "bil_2"', "bill(id: $v) { id }"),
        ('ID = "prt_2"', "partner(id: $v) { id }"),
        ("Int = 5", "partners(first: $v) { totalCount }"),
        ("Boolean = true", "viewer { subject @include(if: $v) }"),
        ("Boolean = true", "viewer { ... on Viewer @skip(if: $v) { subject } role }"),
        ("BillStatus = ISSUED", "partners { nodes { bills(status: [$v]) { totalCount } } }"),
        ("BillAmount = TAX", 'bill(id: "bil_1") { explain(amount: $v) { label } }'),
    ],
)
async def test_null_is_refused_where_a_value_is_wanted(
    api: Client, month: Month, variable: str, selection: str
) -> None:
    query = f"query Q($v: {variable}) {{ __typename ...Q }} fragment Q on Query {{ {selection} }}"
    assert "errors" not in (await api.post(query)).json()
    answer = (await api.post(query, {"v": None})).json()
    (error,) = answer["errors"]
    assert "data" not in answer
    assert error["extensions"]["code"] == "VALIDATION_FAILED"
    assert error["message"] == (
        "Variable '$v' must not be null here; leave it out, or give a value."
    )
    assert "errors" not in (await api.post(query)).json()


async def test_null_is_taken_where_it_means_nothing(api: Client, month: Month) -> None:
    query = "query Q($c: Cursor) { partners(after: $c) { totalCount } }"
    assert (await api.ask(query, {"c": None}))["partners"] == {"totalCount": 2}


TOP_UP = """mutation M($first: Int, $key: String = "a-key") { topUpDeposit(input: {
    partnerId: "prt_1", amount: { amount: "1", currency: "USD" }, idempotencyKey: $key }) {
    userErrors { code }
    partner { deposits { balance { amount } } bills(first: $first) { totalCount } } } }"""


@pytest.mark.parametrize("sent", [{"first": None}, {"first": 5, "key": None}])
async def test_null_below_a_mutation_is_refused_before_it_runs(
    api: Client, month: Month, sent: dict[str, Any]
) -> None:
    assert await api.refuse(TOP_UP, sent) == "VALIDATION_FAILED"
    deposits = (await api.ask('{ partner(id: "prt_1") { deposits { balance { amount } } } }'))[
        "partner"
    ]
    assert deposits == {"deposits": []}
    done = await api.ask(TOP_UP, {"first": 5})
    assert done["topUpDeposit"]["userErrors"] == []
    assert done["topUpDeposit"]["partner"]["deposits"] == [{"balance": {"amount": "1"}}]
