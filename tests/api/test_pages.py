"""Pages of a list, one after the other: every row once, whatever happens between them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.api.month import ISSUED, Month, a_month
from tests.builders import a_charge, a_partner, some_charges

LATER = ISSUED + timedelta(hours=9)
CUSTOMERS = """query Q($id: ID!, $after: Cursor) { bill(id: $id) { version totals {
    expenditures { amount } } list: customers(first: 2, after: $after) { totalCount
    nodes { id customer { id } expenditures { amount } } pageInfo { hasNextPage endCursor } } } }"""
LINES = """query Q($id: ID!, $after: Cursor) { bill(id: $id) { version totals {
    expenditures { amount } } unassigned { list: productLines(first: 2, after: $after) { totalCount
    nodes { id product expenditures { amount } } pageInfo { hasNextPage endCursor } } } } }"""


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    month = await a_month(db, size=5)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    return month


def _sum(rows: list[Any]) -> Decimal:
    return sum((Decimal(row["expenditures"]["amount"]) for row in rows), Decimal(0))


async def _page(api: Client, query: str, bill: int, after: str | None) -> tuple[Any, Any]:
    shown = (await api.ask(query, {"id": f"bil_{bill}", "after": after}))["bill"]
    return shown, (shown.get("unassigned") or shown)["list"]


async def _rest(api: Client, query: str, bill: int, page: Any) -> list[Any]:
    rows = []
    while page["pageInfo"]["hasNextPage"]:
        _, page = await _page(api, query, bill, page["pageInfo"]["endCursor"])
        rows += page["nodes"]
    return rows


async def test_page_is_as_large_as_its_default_says_whatever_was_asked_before(
    api: Client, month: Month
) -> None:
    query = """query Q($id: ID!, $first: Int = 101) {
        bill(id: $id) { charges(first: $first) { nodes { id } } } }"""
    bill = {"id": f"bil_{month.bills[0]}"}
    assert await api.refuse(query, bill) == "PAGE_TOO_LARGE"
    assert await api.ask(query, bill | {"first": 100})
    assert await api.refuse(query, bill | {"first": None}) == "VALIDATION_FAILED"
    assert await api.refuse(query, bill) == "PAGE_TOO_LARGE"


async def test_list_of_customers_goes_on_in_the_version_in_which_it_began(
    api: Client, db: Database, month: Month
) -> None:
    bill = month.bills[0]
    before, page = await _page(api, CUSTOMERS, bill, None)
    await some_charges(
        db,
        month.partner,
        [{"customer_id": month.customers[4], "amount": "900", "cycle": "2026-10"}],
    )
    await db.transact(reissue_bill, bill_id=bill, now=LATER)
    rows = page["nodes"] + await _rest(api, CUSTOMERS, bill, page)
    assert len({row["customer"]["id"] for row in rows}) == len(rows) == page["totalCount"] == 5
    assert str(_sum(rows)) == before["totals"]["expenditures"]["amount"]
    now, page = await _page(api, CUSTOMERS, bill, None)
    assert (before["version"], now["version"]) == (1, 2)
    rows = page["nodes"] + await _rest(api, CUSTOMERS, bill, page)
    assert rows[0]["customer"]["id"] == f"cus_{month.customers[4]}"
    assert str(_sum(rows)) == now["totals"]["expenditures"]["amount"]


async def test_lines_of_no_customer_go_on_in_the_version_in_which_they_began(
    api: Client, db: Database
) -> None:
    partner = await a_partner(db)
    api.sign_in(Role.PARTNER_FINANCE, partner)
    for place in range(5):
        await a_charge(db, partner, str(place + 1), product=f"P{place}")
    [bill] = await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=ISSUED)
    before, page = await _page(api, LINES, bill, None)
    await a_charge(db, partner, "900", product="P4")
    await db.transact(reissue_bill, bill_id=bill, now=LATER)
    rows = page["nodes"] + await _rest(api, LINES, bill, page)
    assert len({row["product"] for row in rows}) == len(rows) == page["totalCount"] == 5
    assert str(_sum(rows)) == before["totals"]["expenditures"]["amount"]


async def test_cursor_of_one_bill_is_a_mere_position_on_another(
    api: Client, db: Database, month: Month
) -> None:
    other = await a_month(db, name="Southwind")
    _, page = await _page(api, CUSTOMERS, month.bills[0], None)
    api.sign_in(Role.AUDITOR)
    _, theirs = await _page(api, CUSTOMERS, other.bills[0], page["pageInfo"]["endCursor"])
    shown = {row["customer"]["id"] for row in theirs["nodes"]}
    assert shown <= {f"cus_{customer}" for customer in other.customers}
    assert theirs["totalCount"] == len(other.customers)


async def test_forged_cursor_is_an_empty_page_or_refused_on_every_database(
    api: Client, month: Month
) -> None:
    for place in (
        "customers(after: $c)", "versions(after: $c)", "charges(after: $c)", "payments(after: $c)",
        "unassigned { productLines(after: $c)", "customers { nodes { productLines(after: $c)",
        "versions { nodes { customers(after: $c)", "versions { nodes { productLines(after: $c)",
    ):  # fmt: skip
        query = f"query Q($id: ID!, $c: Cursor) {{ bill(id: $id) {{ {place} {{ nodes {{ __typename"
        query += " }" * query.count("{")
        for number in (2**31 - 1, 2**31, 2**63 - 1, 2**63):
            for text in (f"{number}", f"{number}|{number}", f"1|{number}"):
                asked = {"id": f"bil_{month.bills[0]}", "c": text.encode().hex()}
                answer = (await api.post(query, asked)).json()
                codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
                assert codes in ([], ["INVALID_CURSOR"])


@pytest.mark.parametrize("letter", ["云", "𠮷"])
async def test_products_of_the_longest_names_are_paged(
    api: Client, db: Database, letter: str
) -> None:
    partner = await a_partner(db)
    api.sign_in(Role.PARTNER_FINANCE, partner)
    names = [letter * 399 + end for end in "ab"]
    for name in names:
        await a_charge(db, partner, product=name)
    [bill] = await db.transact(issue_bills, partner_id=partner, cycle="2026-02", now=ISSUED)
    query = """query Q($id: ID!, $after: Cursor) { bill(id: $id) {
        products(first: 1, after: $after) { nodes { product } pageInfo { endCursor } } } }"""
    after, seen = None, []
    for _ in names:
        answer = await api.ask(query, {"id": f"bil_{bill}", "after": after})
        page = answer["bill"]["products"]
        after, seen = page["pageInfo"]["endCursor"], [*seen, *page["nodes"]]
    assert [row["product"] for row in seen] == names
