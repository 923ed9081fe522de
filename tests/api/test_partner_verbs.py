"""Registering again: what is left out stays, null takes away what may be away, and the trail."""

from typing import Any

import pytest

from models.rules.principals import Role
from tests.api.client import Client

PARTNER = """mutation Partner($input: RegisterPartnerInput!) { registerPartner(input: $input) {
  partner { id timeZone isConfirmationRequired creditPolicy }
  userErrors { code path } } }"""
CUSTOMERS = """mutation Customers($input: RegisterCustomersInput!) {
  registerCustomers(input: $input) {
    partner { customers { nodes { account association email } } } userErrors { code path } } }"""
NORTHWIND: dict[str, Any] = {"name": "Northwind", "billingAccounts": ["b-1"]}
SETTINGS: dict[str, Any] = {
    "timeZone": "America/New_York",
    "isConfirmationRequired": False,
    "creditPolicy": "CARRIED",
    "paymentDays": 14,
}


async def register(api: Client, **settings: Any) -> Any:
    payload = (await api.ask(PARTNER, {"input": NORTHWIND | settings}))["registerPartner"]
    assert payload["userErrors"] == []
    return payload["partner"]


async def customer(api: Client, partner: str, **fields: Any) -> Any:
    sent = {"partnerId": partner, "customers": [{"account": "c-1", "name": "Acme", **fields}]}
    payload = (await api.ask(CUSTOMERS, {"input": sent}))["registerCustomers"]
    assert payload["userErrors"] == []
    [shown] = payload["partner"]["customers"]["nodes"]
    return shown


@pytest.mark.parametrize("left_out", [{}, dict.fromkeys(SETTINGS)])
async def test_settings_that_are_left_out_stay(api: Client, left_out: dict[str, None]) -> None:
    api.sign_in(Role.SALES_OPS)
    made = await register(api, **SETTINGS)
    again = await register(api, channelManagers=["x"], **left_out)
    shown = ("timeZone", "isConfirmationRequired", "creditPolicy")
    assert {name: again[name] for name in shown} == {name: SETTINGS[name] for name in shown}
    assert again["id"] == made["id"]


async def test_new_partner_has_defaults(api: Client) -> None:
    api.sign_in(Role.SALES_OPS)
    made = await register(api)
    assert (made["timeZone"], made["isConfirmationRequired"], made["creditPolicy"]) == (
        "Asia/Shanghai",
        True,
        "HELD",
    )


async def test_audit_trail_says_from_what_to_what(api: Client) -> None:
    api.sign_in(Role.AUDITOR)
    auditor = api.principal
    api.sign_in(Role.SALES_OPS)
    made = await register(api)
    await register(api, creditPolicy="CARRIED")
    api.principal = auditor
    query = """query Trail($id: ID!) { partner(id: $id) {
      auditTrail(first: 1) { nodes { details { name value } } } } }"""
    trail = (await api.ask(query, {"id": made["id"]}))["partner"]["auditTrail"]
    details = {each["name"]: each["value"] for each in trail["nodes"][0]["details"]}
    assert details == {
        "changed": "1",
        "isNew": "false",
        "settings.creditPolicy.from": "HELD",
        "settings.creditPolicy.to": "CARRIED",
    }


async def test_customer_keeps_what_is_left_out_and_loses_what_is_null(api: Client) -> None:
    api.sign_in(Role.SALES_OPS)
    partner = (await register(api))["id"]
    known = await customer(api, partner, association="REFERRAL", email="ap@acme.example")
    assert known == {"account": "c-1", "association": "REFERRAL", "email": "a***"}
    assert await customer(api, partner) == known
    assert await customer(api, partner, email=None) == known | {"email": None}
