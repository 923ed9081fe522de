"""Answers that are kept: never stale, never another's, and not sent twice to whoever has them."""

from pathlib import Path
from typing import Any

import pytest

from models.actions.customers import Roster, register_customers
from models.adapters.database import Database
from models.adapters.settings import DEVELOPMENT_SECRET
from models.rules.principals import Role
from models.rules.registration import Association, CustomerRegistration
from models.tables.partners import ChannelAssignment
from tests.api.asking import get, register
from tests.api.client import NOW, Client, open_client
from tests.api.month import Month, a_month

BILL = """query Bill($id: ID!) { bill(id: $id) { id status version digest
    totals { billAmount { amount } outstanding { amount } }
    customers { nodes { customer { name email } total { amount }
        productLines { nodes { product total { amount } charges { nodes { id } } } } } } } }"""
BILLS = "{ viewer { partner { bills { nodes { id status } } amountsDue { total { amount } } } } }"
CONFIRM = """mutation C($id: ID!, $digest: String!) {
    confirmBill(input: { billId: $id, version: 1, digest: $digest }) {
        bill { status } userErrors { code } } }"""


async def _signed_in(api: Client, db: Database, name: str = "Northwind") -> tuple[Month, Any]:
    month = await a_month(db, name=name)
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    return month, {"id": f"bil_{month.bills[0]}"}


async def _rename(db: Database, month: Month, name: str) -> None:
    customer = CustomerRegistration(
        "Northwind-1", name, Association.RESELLER, email="c1@example.com"
    )
    roster = Roster(month.partner, (customer,))
    await db.transact(register_customers, None, roster=roster, secret=DEVELOPMENT_SECRET, now=NOW)


async def test_answer_asked_again_costs_a_look_at_one_number(
    api: Client, db: Database, statements: list[str]
) -> None:
    _, variables = await _signed_in(api, db)
    first = await api.ask(BILL, variables)
    statements.clear()
    assert await api.ask(BILL, variables) == first
    assert [sql.split(" FROM ")[0] for sql in statements] == ["SELECT id, revision"]


async def test_nothing_is_kept_where_there_is_no_room(
    database_url: str, tmp_path: Path, db: Database, statements: list[str]
) -> None:
    async with open_client(database_url, tmp_path, kept_answers_bytes=0) as api:
        _, variables = await _signed_in(api, db)
        await api.post(BILL, variables)
        statements.clear()
        await api.post(BILL, variables)
        assert len(statements) == 1
        assert "product_lines" in statements[0]


async def test_change_is_seen_at_once(api: Client, db: Database) -> None:
    month, variables = await _signed_in(api, db)
    before = await api.ask(BILL, variables)
    await _rename(db, month, "Renamed & Co.")
    after = await api.ask(BILL, variables)
    names = [node["customer"]["name"] for node in after["bill"]["customers"]["nodes"]]
    assert "Renamed & Co." in names
    assert before != after


async def test_bill_is_shown_confirmed_as_soon_as_it_is(api: Client, db: Database) -> None:
    _, variables = await _signed_in(api, db)
    bill = (await api.ask(BILL, variables))["bill"]
    listed = await api.ask(BILLS)
    confirmed = await api.ask(CONFIRM, {**variables, "digest": bill["digest"]})
    assert confirmed["confirmBill"]["userErrors"] == []
    assert (await api.ask(BILL, variables))["bill"]["status"] == "CONFIRMED"
    assert (await api.ask(BILLS)) != listed


async def test_answer_to_one_partner_is_never_given_to_another(api: Client, db: Database) -> None:
    mine, variables = await _signed_in(api, db)
    theirs = await a_month(db, name="Contoso")
    for role in (Role.PARTNER_FINANCE, Role.PARTNER_VIEWER, Role.PARTNER_ADMIN):
        api.sign_in(role, mine.partner)
        own = await api.ask(BILLS)
        assert (await api.ask(BILL, variables))["bill"]["id"] == variables["id"]
        api.sign_in(role, theirs.partner)
        assert await api.ask(BILL, variables) == {"bill": None}
        assert await api.ask(BILLS) != own
        assert (await api.ask(BILL, {"id": f"bil_{theirs.bills[0]}"}))["bill"]
        api.sign_in(role, mine.partner)
        assert await api.ask(BILL, {"id": f"bil_{theirs.bills[0]}"}) == {"bill": None}


async def test_vendor_sees_names_masked_whatever_the_partner_was_shown(
    api: Client, db: Database
) -> None:
    month, variables = await _signed_in(api, db)
    shown = await api.ask(BILL, variables)
    api.sign_in(Role.AUDITOR)
    masked = await api.ask(BILL, variables)
    emails = [n["customer"]["email"] for n in masked["bill"]["customers"]["nodes"]]
    assert set(emails) == {"c***"}
    api.sign_in(Role.PARTNER_FINANCE, month.partner)
    assert await api.ask(BILL, variables) == shown


async def test_channel_manager_sees_nothing_any_more_once_the_partner_is_another_s(
    api: Client, db: Database
) -> None:
    month, variables = await _signed_in(api, db)
    assigned = await ChannelAssignment.create(partner_id=month.partner, subject="mo")
    api.sign_in(Role.CHANNEL_MANAGER, subject="mo")
    assert (await api.ask(BILL, variables))["bill"]
    await assigned.delete()
    assert await api.ask(BILL, variables) == {"bill": None}


async def test_tag_is_answered_by_304_until_something_changes(api: Client, db: Database) -> None:
    month, variables = await _signed_in(api, db)
    await register(api, BILL, variables)
    first = await get(api, BILL, variables)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"Accept", "Authorization"} <= set(first.headers["vary"].replace(",", " ").split())
    for sent in (tag, f'"other", {tag}', f"W/{tag}"):
        again = await get(api, BILL, variables, If_None_Match=sent)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await _rename(db, month, "Renamed & Co.")
    changed = await get(api, BILL, variables, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    await _rename(db, month, "Northwind Customer 1")
    # The same bytes have the same tag, though they were made anew.
    assert (await get(api, BILL, variables, If_None_Match=tag)).status_code == 304


async def test_tag_of_one_partner_tells_another_nothing(api: Client, db: Database) -> None:
    _, variables = await _signed_in(api, db)
    await register(api, BILL, variables)
    tag = (await get(api, BILL, variables)).headers["etag"]
    theirs = await a_month(db, name="Contoso")
    api.sign_in(Role.PARTNER_FINANCE, theirs.partner)
    answer = await get(api, BILL, variables, If_None_Match=tag)
    assert (answer.status_code, answer.json()["data"]) == (200, {"bill": None})


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { subject partner { name } } }",
        "{ viewer { partner { bills { nodes { isOverdue } } } } }",
        "{ viewer { partner { exports { nodes { downloadUrl } } } } }",
        "{ viewer { partner { payments { totalCount } } } }",
        "{ viewer { partner { bills { nodes { availableActions { allowed } } } } } }",
    ],
)
async def test_what_may_change_by_itself_is_not_kept(
    api: Client, db: Database, statements: list[str], query: str
) -> None:
    await _signed_in(api, db)
    await register(api, query)
    answer = await get(api, query)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    statements.clear()
    await get(api, query)
    assert not any(sql.startswith("SELECT id, revision") for sql in statements)


async def test_expired_token_is_not_answered_from_what_is_kept(api: Client, db: Database) -> None:
    _, variables = await _signed_in(api, db)
    await api.post(BILL, variables)
    headers = api.headers
    api.now = api.now.replace(year=2027)
    body = {"query": BILL, "variables": variables}
    answer = await api.http.post("/graphql", json=body, headers=headers)
    assert answer.status_code == 401
