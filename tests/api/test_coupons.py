"""Coupons and taxes through the real application."""

from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Role
from tests.api.client import Client
from tests.api.month import Month, a_month

GRANT = """mutation Grant($input: GrantCouponInput!) { grantCoupon(input: $input) {
    coupon { id name amount { display currency } balance { amount } validUntil }
    userErrors { code path } } }"""
APPLY = """mutation Apply($input: ApplyCouponInput!) { applyCoupon(input: $input) {
    bill { version versionReason totals { coupons { amount } billAmount { amount } } }
    userErrors { code path } } }"""
TAXES = """mutation Taxes($input: SetTaxesInput!) { setTaxes(input: $input) {
    partner { taxComponents { name rate isTakenOfNegative firstCycle lastCycle } }
    userErrors { code path } } }"""
COUPONS = """{ viewer { partner { coupons { nodes {
    id used { amount } balance { amount } } } taxComponents { name lastCycle } } } }"""


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    made = await a_month(db)
    api.sign_in(Role.SALES_OPS)
    return made


def grant(month: Month, **changes: Any) -> dict[str, Any]:
    return {
        "partnerId": f"prt_{month.partner}",
        "name": "Welcome",
        "amount": {"amount": "20.50", "currency": "USD"},
        "validFrom": "2026-11-01",
        "validUntil": "2026-12-31",
        "idempotencyKey": "k",
    } | changes


async def test_coupon_is_granted_once_applied_and_shown_with_what_is_left(
    api: Client, month: Month
) -> None:
    asked = {"input": grant(month)}
    done = (await api.ask(GRANT, asked))["grantCoupon"]
    assert done == (await api.ask(GRANT, asked))["grantCoupon"]
    assert done["coupon"] == {
        "id": "cpn_1",
        "name": "Welcome",
        "amount": {"display": "20.50", "currency": "USD"},
        "balance": {"amount": "20.5"},
        "validUntil": "2026-12-31",
    }
    bill = f"bil_{month.bills[0]}"
    application = {"billId": bill, "couponId": "cpn_1", "idempotencyKey": "a"}
    applied = (await api.ask(APPLY, {"input": application}))["applyCoupon"]
    assert applied["userErrors"] == []
    assert (applied["bill"]["version"], applied["bill"]["versionReason"]) == (2, "COUPON")
    assert applied["bill"]["totals"]["coupons"] == {"amount": "20.5"}
    api.sign_in(Role.PARTNER_VIEWER, month.partner)
    partner = (await api.ask(COUPONS))["viewer"]["partner"]
    assert partner["coupons"]["nodes"] == [
        {"id": "cpn_1", "used": {"amount": "20.5"}, "balance": {"amount": "0"}}
    ]
    [coupon] = [(await api.ask('{ node(id: "cpn_1") { id } }'))["node"]]
    assert coupon == {"id": "cpn_1"}
    api.sign_in(Role.PARTNER_VIEWER, month.partner + 1)
    assert (await api.ask('{ node(id: "cpn_1") { id } }'))["node"] is None


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"partnerId": "prt_99"}, "NOT_FOUND", []),
        ({"amount": {"amount": "0", "currency": "USD"}}, "INVALID_AMOUNT", ["amount"]),
        ({"name": " "}, "INVALID_INPUT", ["name"]),
        ({"validUntil": "2026-10-31"}, "INVALID_RANGE", ["validUntil"]),
        ({"idempotencyKey": ""}, "INVALID_INPUT", ["idempotencyKey"]),
    ],
)
async def test_bad_grants_are_refused(
    api: Client, month: Month, changes: dict[str, Any], code: str, path: list[str]
) -> None:
    done = (await api.ask(GRANT, {"input": grant(month, **changes)}))["grantCoupon"]
    assert done["coupon"] is None
    [error] = done["userErrors"]
    assert error["code"] == code
    assert error["path"] in (path, ["partnerId"])


async def test_a_day_that_is_none_is_refused_before_anything_runs(
    api: Client, month: Month
) -> None:
    for day in ("2026-02-30", "2026-2-3", "20260203", "0001-01-01", "2026-02-03T00:00:00Z"):
        answer = (await api.post(GRANT, {"input": grant(month, validFrom=day)})).json()
        assert "data" not in answer or answer["data"] is None


async def test_taxes_are_set_from_a_cycle_on(api: Client, month: Month) -> None:
    partner = f"prt_{month.partner}"
    vat = {"name": "VAT", "rate": "0.06"}
    first = {"partnerId": partner, "firstCycle": "2026-10", "components": [vat]}
    assert (await api.ask(TAXES, {"input": first}))["setTaxes"]["userErrors"] == []
    second = {"partnerId": partner, "firstCycle": "2027-01", "components": []}
    done = (await api.ask(TAXES, {"input": second}))["setTaxes"]
    assert done["partner"]["taxComponents"] == [
        {
            "name": "VAT",
            "rate": "0.06",
            "isTakenOfNegative": False,
            "firstCycle": "2026-10",
            "lastCycle": "2026-12",
        }
    ]
    api.sign_in(Role.PARTNER_ADMIN, month.partner)
    refused = (await api.ask(TAXES, {"input": first}))["setTaxes"]
    assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
