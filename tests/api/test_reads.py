"""Queries over the whole schema: golden answers, one statement a root field, nobody else's rows."""

import json
import os
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from jobs.demo.queries import QUERIES
from models.actions.locks import lock_partner
from models.adapters.database import Database, Tx
from models.rules.principals import Role
from models.rules.states import BillStatus, is_payable, payment_status
from models.tables.bills import Bill
from models.tables.partners import ChannelAssignment
from tests.api.client import Client
from tests.api.month import Month, a_month, store

GOLDEN = Path(__file__).parent / "golden"


READS = sorted(set(QUERIES) - {"confirm", "topUp", "pay", "export"})


@pytest.mark.parametrize("name", [*READS, "everything"])
async def test_query_gives_the_golden_answer(
    api: Client, db: Database, statements: list[str], name: str
) -> None:
    month = await a_month(db)
    await store(db, month)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    path = GOLDEN / f"{name}.graphql"
    query = path.read_text() if path.exists() else QUERIES[name]
    statements.clear()
    answer = await api.ask(query)
    golden = GOLDEN / f"{name}.json"
    if "BILLS_WRITE_GOLDEN" in os.environ:
        golden.write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    assert answer == json.loads(golden.read_text())
    assert len(statements) == 1


@pytest.mark.parametrize("size", [1, 3])
async def test_statements_do_not_depend_on_the_width(
    api: Client, db: Database, statements: list[str], size: int
) -> None:
    month = await a_month(db, size=size)
    await store(db, month)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    statements.clear()
    data = await api.ask((GOLDEN / "everything.graphql").read_text())
    assert len(data["viewer"]["partner"]["customers"]["nodes"]) == size
    assert len(statements) == 1


@pytest.mark.parametrize("name", [*READS, "everything"])
async def test_ordinary_executor_gives_the_same_answer(
    api: Client, db: Database, name: str
) -> None:
    month = await a_month(db)
    await store(db, month)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    path = GOLDEN / f"{name}.graphql"
    query = path.read_text() if path.exists() else QUERIES[name]
    planned = await api.ask(query)
    # An introspection field cannot be planned, so all of this goes to the ordinary executor.
    executed = await api.ask(query.replace("{", "{ __schema { queryType { name } }", 1))
    del executed["__schema"]
    assert executed == planned


async def test_pages_add_up_to_the_whole(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    query = """query Page($bill: ID!, $after: Cursor) { bill(id: $bill) {
        charges(first: 5, after: $after) {
          totalCount nodes { id } edges { cursor }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await api.ask(query, {"bill": f"bil_{month.bills[0]}", "after": after}))["bill"][
            "charges"
        ]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == page["totalCount"] == 14


async def test_region_filter_changes_expenditures_only(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    query = """query P($bill: ID!, $regions: [String]) { bill(id: $bill) {
        products(regions: $regions) { nodes { product market expenditures { amount } } }
        others { total { amount } } } }"""
    bill = f"bil_{month.bills[0]}"
    none = (await api.ask(query, {"bill": bill, "regions": [None]}))["bill"]
    assert [(p["product"], p["expenditures"]["amount"]) for p in none["products"]["nodes"]] == [
        ("Object Storage", "22.5")
    ]
    everywhere = (await api.ask(query, {"bill": bill}))["bill"]
    assert none["others"] == everywhere["others"] == {"total": {"amount": "-2.75"}}


async def test_text_that_no_database_holds_is_refused(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    query = """query Q($bill: ID!, $product: String, $regions: [String]) { bill(id: $bill) {
        charges(product: $product, regions: $regions) { totalCount } } }"""
    bill = f"bil_{month.bills[0]}"
    for wrong in ({"product": "a\x00"}, {"regions": ["a\x00", None]}):
        assert await api.refuse(query, {"bill": bill, **wrong}) == "INVALID_INPUT"


async def test_foreign_id_answers_like_a_missing_one(api: Client, db: Database) -> None:
    mine, theirs = await a_month(db), await a_month(db, name="Contoso")
    api.sign_in(Role.PARTNER_ADMIN, mine.partner)
    query = """query Q($id: ID!) {
        node(id: $id) { id } bill(id: $id) { id } partner(id: $id) { id } }"""
    nothing = {"node": None, "bill": None, "partner": None}
    for public_id in [*_ids(theirs), "bil_999", "prt_999", "nonsense", "bil_01", "bil_-1", ""]:
        assert await api.ask(query, {"id": public_id}) == nothing, public_id
    own = await api.ask("{ partners { totalCount nodes { id } } }")
    assert own == {"partners": {"totalCount": 1, "nodes": [{"id": f"prt_{mine.partner}"}]}}


def _ids(month: Month) -> list[str]:
    return [
        f"prt_{month.partner}",
        f"bil_{month.bills[0]}",
        f"cus_{month.customers[0]}",
        "chg_21",
        "est_2",
    ]


async def test_channel_manager_sees_assigned_partners_only(api: Client, db: Database) -> None:
    mine, theirs = await a_month(db), await a_month(db, name="Contoso")

    async def assign(tx: Tx) -> None:
        await ChannelAssignment.create(partner_id=mine.partner, subject="wang", using_db=tx.client)

    await db.transact(assign)
    api.sign_in(Role.CHANNEL_MANAGER, subject="wang")
    query = """query Q($a: ID!, $b: ID!) {
        partners { nodes { id } } a: bill(id: $a) { id } b: bill(id: $b) { id } }"""
    data = await api.ask(query, {"a": f"bil_{mine.bills[0]}", "b": f"bil_{theirs.bills[0]}"})
    assert [p["id"] for p in data["partners"]["nodes"]] == [f"prt_{mine.partner}"]
    assert data["a"] is not None
    assert data["b"] is None


async def test_personal_data_is_masked_for_the_vendor(api: Client, db: Database) -> None:
    await a_month(db, size=1)
    api.sign_in(Role.AUDITOR)
    data = await api.ask("{ partners { nodes { customers { nodes { name mobile email } } } } }")
    (customer,) = data["partners"]["nodes"][0]["customers"]["nodes"]
    assert customer == {"name": "N***", "mobile": None, "email": "c***"}


STATUS_QUERY = """{ viewer { partner { bills { nodes {
    paymentStatus totals { amountDue { amount } paid { amount } } } } } } }"""


async def test_payment_status_in_sql_is_the_rule(api: Client, db: Database) -> None:
    month = await a_month(db)
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    for status, required, paid in product(BillStatus, (True, False), ("0", "1", "325.83")):
        state = {"status": status.value, "confirmation_required": required, "paid": paid}
        await Bill.filter(id=month.bills[0]).update(**state)
        await db.transact(lock_partner, month.partner)  # as every verb that changes a bill
        data = await api.ask(STATUS_QUERY)
        (bill,) = data["viewer"]["partner"]["bills"]["nodes"]
        due, was_paid = (Decimal(bill["totals"][k]["amount"]) for k in ("amountDue", "paid"))
        payable = is_payable(status, confirmation_required=required)
        expected = payment_status(payable=payable, due=due, paid=was_paid)
        assert bill["paymentStatus"] == expected, (status, required, paid)
