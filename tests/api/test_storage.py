"""What is said of bill storage: to whom, and from before there is any."""

from typing import Any

import pytest

from models.actions.storage_eligibility import revoke_storage
from models.actions.storage_enabling import change_bucket
from models.adapters.database import Database, Tx
from models.rules.principals import PARTNER_ROLES, Role
from tests.api.client import Client
from tests.api.storage_queries import STORAGE, do
from tests.builders import a_partner
from tests.storing import NOW, SALES, a_bucket, admin, allowed, enabled, granted

NODE = "query Node($id: ID!) { node(id: $id) { id __typename } }"
PAGES = """query Pages($id: ID!, $after: Cursor) { partner(id: $id) { billStorage {
  destinations(first: 2, after: $after) {
    nodes { bucket } pageInfo { hasNextPage endCursor } } } } }"""


async def storage(api: Client, partner: int) -> Any:
    return (await api.ask(STORAGE, {"id": f"prt_{partner}"}))["partner"]["billStorage"]


def buttons(shown: Any) -> dict[str, str | None]:
    actions = shown["availableActions"]
    assert all(each["allowed"] is (each["reasonCode"] is None) for each in actions)
    return {each["action"]: each["reasonCode"] for each in actions}


async def test_partner_without_any_storage_has_nothing_and_is_told_so(
    api: Client, db: Database
) -> None:
    partner = await a_partner(db)
    api.sign_in(Role.PARTNER_ADMIN, partner)
    shown = await storage(api, partner)
    assert set(buttons(shown).values()) == {
        "FORBIDDEN", "STORAGE_NOT_ELIGIBLE", "GRANT_MISSING", "STORAGE_NOT_ENABLED"
    }  # fmt: skip
    del shown["availableActions"]
    assert shown == {
        "id": f"bst_{partner}", "isEligible": False, "isEnabled": False, "grant": None,
        "hasCustomerBills": False, "customerBillsSince": None, "subAccounts": [],
        "availableSubAccounts": [], "destination": None, "nextDestination": None,
        "destinations": {"totalCount": 0, "nodes": []},
    }  # fmt: skip
    assert (await api.ask(NODE, {"id": f"bst_{partner}"}))["node"] == {
        "id": f"bst_{partner}", "__typename": "BillStorage"
    }  # fmt: skip


async def test_destination_shows_all_but_what_opens_it(api: Client, db: Database) -> None:
    partner = await enabled(db)
    shown = (await storage(api, partner))["destination"]
    at = "2026-04-06T03:00:00.000000Z"
    assert shown == {
        "id": "sdn_1", "provider": "AWS_S3", "endpoint": None, "region": "eu-central-1",
        "bucket": "northwind-bills", "prefix": "bills", "accessKeyHint": "…MPLE",
        "validFrom": at, "validUntil": None, "chosenBy": "ada", "chosenAt": at, "probedAt": at,
    }  # fmt: skip


async def test_buttons_follow_how_far_the_partner_has_come(api: Client, db: Database) -> None:
    for made, possible in (
        (allowed, {"REQUEST_GRANT"}),
        (granted, {"WITHDRAW_GRANT", "ENABLE"}),
        (enabled, {"WITHDRAW_GRANT", "CHANGE_BUCKET", "UPDATE", "DISABLE"}),
    ):
        partner = await made(db)
        api.sign_in(Role.PARTNER_ADMIN, partner)
        shown = buttons(await storage(api, partner))
        assert {action for action, reason in shown.items() if reason is None} == possible
    await db.transact(revoke_storage, SALES, partner_id=partner, now=NOW)
    assert buttons(await storage(api, partner))["ENABLE"] == "STORAGE_NOT_ELIGIBLE"
    api.sign_in(Role.SALES_OPS)
    shown = buttons(await storage(api, partner))
    assert (shown["ALLOW"], shown["REVOKE"]) == (None, "STORAGE_NOT_ELIGIBLE")
    assert shown["ENABLE"] == "FORBIDDEN"


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_that_sees_the_partner_sees_its_storage(
    api: Client, db: Database, role: Role
) -> None:
    partner, other = await enabled(db), await enabled(db)
    api.sign_in(role, partner if role in PARTNER_ROLES else None, "x")
    if role is Role.CHANNEL_MANAGER:
        await db.transact(_assign, partner, "x")
    assert (await storage(api, partner))["destination"]["bucket"] == "northwind-bills"
    types = {"bst": "BillStorage", "sgr": "StorageGrant", "sdn": "StorageDestination"}
    sees_all = role in {Role.SALES_OPS, Role.AUDITOR}
    for prefix, type_name in types.items():
        for number in (partner, other):  # grants and destinations have the same numbers here
            name = f"{prefix}_{number}"
            seen = (await api.ask(NODE, {"id": name}))["node"]
            is_seen = number == partner or sees_all
            assert seen == ({"id": name, "__typename": type_name} if is_seen else None)


async def test_history_is_paged_with_the_latest_choice_first(api: Client, db: Database) -> None:
    partner = await enabled(db)
    for name in ("second", "third"):
        bucket = a_bucket(partner, name)
        await db.transact(change_bucket, admin(partner), partner, bucket, now=NOW)
    seen, after = [], None
    while True:
        variables = {"id": f"prt_{partner}", "after": after}
        shown = (await api.ask(PAGES, variables))["partner"]["billStorage"]["destinations"]
        seen += [node["bucket"] for node in shown["nodes"]]
        after = shown["pageInfo"]["endCursor"]
        if not shown["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["third", "second", "northwind-bills"]


@pytest.mark.parametrize("role", list(Role))
async def test_allow_list_is_kept_by_sales(api: Client, db: Database, role: Role) -> None:
    partner, running = await a_partner(db), await enabled(db)
    api.sign_in(role, partner if role in PARTNER_ROLES else None)
    payloads = [
        await do(api, "allowBillStorage", partnerId=f"prt_{partner}"),
        await do(api, "revokeBillStorage", partnerId=f"prt_{running}"),
    ]
    for payload in payloads:
        codes = [error["code"] for error in payload["userErrors"]]
        assert codes == ([] if role is Role.SALES_OPS else ["FORBIDDEN"])
    if role is Role.SALES_OPS:
        assert payloads[0]["billStorage"]["isEligible"] is True
        assert payloads[1]["billStorage"]["isEnabled"] is False
        missing = await do(api, "allowBillStorage", partnerId="prt_99")
        assert missing["userErrors"] == [{"code": "NOT_FOUND", "path": []}]
        assert missing["billStorage"] is None
    api.sign_in(Role.AUDITOR)
    assert (await storage(api, partner))["isEligible"] is (role is Role.SALES_OPS)
    assert (await storage(api, running))["isEnabled"] is (role is not Role.SALES_OPS)


async def _assign(tx: Tx, partner: int, subject: str) -> None:
    await tx.execute(
        "INSERT INTO channel_assignments (partner_id, subject) VALUES ($1, $2)", partner, subject
    )
