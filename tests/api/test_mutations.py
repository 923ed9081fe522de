"""Mutations through the real application: what they do, and what they refuse."""

from typing import Any

import pytest

from jobs.demo.queries import QUERIES
from models.adapters.database import Database
from models.rules.principals import Action, Principal, Role
from tests.api.client import Client
from tests.api.month import Month, a_month

SHOWN = """query Shown($id: ID!) { bill(id: $id) {
    status paymentStatus version digest confirmedAt totals { outstanding { amount } } } }"""


async def shown(api: Client, month: Month) -> Any:
    return (await api.ask(SHOWN, {"id": f"bil_{month.bills[0]}"}))["bill"]


async def confirm(api: Client, month: Month, **changes: Any) -> Any:
    bill = await shown(api, month)
    variables = {
        "bill": f"bil_{month.bills[0]}",
        "version": bill["version"],
        "digest": bill["digest"],
    }
    return (await api.ask(QUERIES["confirm"], variables | changes))["confirmBill"]


async def top_up(
    api: Client, month: Month, amount: str = "1000", role: Role = Role.SALES_OPS
) -> Any:
    who = api.principal
    is_partner = not Principal("x", role).is_vendor
    api.sign_in(role, month.partner if is_partner else None)
    money = {"amount": amount, "currency": "USD"}
    variables = {"partner": f"prt_{month.partner}", "amount": money, "key": "t1"}
    answer = (await api.ask(QUERIES["topUp"], variables))["topUpDeposit"]
    api.principal = who
    return answer


async def pay(api: Client, **variables: Any) -> Any:
    return (await api.ask(QUERIES["pay"], {"key": "p1"} | variables))["payBills"]


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    made = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, made.partner)
    return made


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def test_confirmed_bill_is_frozen_and_payable(api: Client, month: Month) -> None:
    done = await confirm(api, month)
    assert done["userErrors"] == []
    assert (done["bill"]["status"], done["bill"]["paymentStatus"]) == ("CONFIRMED", "UNPAID")
    again = await confirm(api, month)
    assert again == done


async def test_stale_confirmation_shows_what_is_current(api: Client, month: Month) -> None:
    refused = await confirm(api, month, digest="0" * 64)
    assert codes(refused) == ["STALE_VERSION"]
    assert refused["bill"]["digest"] == (await shown(api, month))["digest"]
    assert (await shown(api, month))["status"] == "ISSUED"


@pytest.mark.parametrize("bill", ["bil_999", "prt_1", "nonsense", ""])
async def test_confirming_what_is_not_there_is_refused(
    api: Client, month: Month, bill: str
) -> None:
    refused = await confirm(api, month, bill=bill)
    assert codes(refused) == (["NOT_FOUND"] if bill == "bil_999" else ["INVALID_ID"])
    assert refused["bill"] is None


async def test_foreign_bill_is_refused_like_a_missing_one(
    api: Client, db: Database, month: Month
) -> None:
    theirs = await a_month(db, name="Contoso")
    foreign = await confirm(api, month, bill=f"bil_{theirs.bills[0]}")
    missing = await confirm(api, month, bill="bil_999")
    assert foreign == missing


async def test_payment_is_taken_once_for_one_key(api: Client, month: Month) -> None:
    await confirm(api, month)
    await top_up(api, month)
    bill = f"bil_{month.bills[0]}"
    part = {"amount": "100.00", "currency": "USD"}
    first = await pay(api, bills=[bill], amount=part)
    assert first["userErrors"] == []
    assert first["payment"]["amount"] == {"display": "100.00", "currency": "USD"}
    assert first["payment"]["allocations"] == [
        {
            "amount": {"display": "100.00"},
            "bill": {"cycle": "2026-10", "paymentStatus": "PARTIALLY_PAID"},
        }
    ]
    assert await pay(api, bills=[bill], amount=part) == first
    conflict = await pay(api, bills=[bill], amount={"amount": "101", "currency": "USD"})
    assert (codes(conflict), conflict["payment"]) == (["IDEMPOTENCY_CONFLICT"], None)
    rest = await pay(api, key="p2")
    assert rest["payment"]["amount"]["display"] == "225.83"
    assert (await shown(api, month))["paymentStatus"] == "PAID"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"amount": "325.84", "currency": "USD"}, "AMOUNT_EXCEEDS_OUTSTANDING"),
        ({"amount": "0", "currency": "USD"}, "INVALID_AMOUNT"),
        ({"amount": "-1", "currency": "USD"}, "INVALID_AMOUNT"),
        ({"amount": "0.001", "currency": "USD"}, "INVALID_AMOUNT"),
        ({"amount": "1", "currency": "EUR"}, "CURRENCY_MISMATCH"),
        ({"amount": "300", "currency": "USD"}, "INSUFFICIENT_FUNDS"),
    ],
)
async def test_payment_that_cannot_be_is_refused_and_moves_nothing(
    api: Client, month: Month, amount: dict[str, str], code: str
) -> None:
    await confirm(api, month)
    await top_up(api, month, "200")
    before = await shown(api, month)
    assert codes(await pay(api, bills=[f"bil_{month.bills[0]}"], amount=amount)) == [code]
    assert await shown(api, month) == before


async def test_unconfirmed_bill_is_not_payable(api: Client, month: Month) -> None:
    await top_up(api, month)
    assert codes(await pay(api, bills=[f"bil_{month.bills[0]}"])) == ["NOT_PAYABLE"]


@pytest.mark.parametrize("amount", ["1e999999", "NaN", "Infinity", "١", "1_000", "0x10", "9" * 200])
async def test_amount_that_is_no_decimal_is_refused(api: Client, month: Month, amount: str) -> None:
    variables = {"key": "k", "amount": {"amount": amount, "currency": "USD"}}
    assert await api.refuse(QUERIES["pay"], variables) == "INVALID_AMOUNT"


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2025-10", "2026-10", "RANGE_TOO_LONG"),
        ("2026-10", "2026-09", "INVALID_RANGE"),
        ("2020-01", "2020-02", "NOTHING_TO_EXPORT"),
    ],
)
async def test_export_of_an_impossible_range_is_refused(
    api: Client, month: Month, first: str, last: str, code: str
) -> None:
    variables = {"from": first, "to": last, "key": "e1"}
    refused = (await api.ask(QUERIES["export"], variables))["exportBills"]
    assert (codes(refused), refused["exportJob"]) == ([code], None)
    history = await api.ask("{ viewer { partner { exports { totalCount } } } }")
    assert history["viewer"]["partner"]["exports"]["totalCount"] == 0


async def test_export_is_queued_once_for_one_key(api: Client, month: Month) -> None:
    variables = {"from": "2026-10", "to": "2026-10", "key": "e1"}
    first = (await api.ask(QUERIES["export"], variables))["exportBills"]
    assert first["userErrors"] == []
    assert first["exportJob"]["status"] == "QUEUED"
    assert (await api.ask(QUERIES["export"], variables))["exportBills"] == first


NEEDS = {
    "confirm": Action.CONFIRM_BILL,
    "pay": Action.PAY_BILLS,
    "export": Action.EXPORT_BILLS,
}


@pytest.mark.parametrize("role", list(Role))
async def test_roles_may_do_what_the_table_says(api: Client, month: Month, role: Role) -> None:
    is_partner = not Principal("x", role).is_vendor
    api.sign_in(role, month.partner if is_partner else None, subject="x")
    variables: dict[str, Any] = {
        "bill": f"bil_{month.bills[0]}", "version": 9, "digest": "", "key": "k",
        "bills": [f"bil_{month.bills[0]}"], "from": "2020-01", "to": "2020-01",
    }  # fmt: skip
    for name, action in NEEDS.items():
        (payload,) = (await api.ask(QUERIES[name], variables)).values()
        allowed = Principal("x", role).may(action)
        assert (codes(payload) == ["FORBIDDEN"]) is not allowed, (role, name)
    topped = await top_up(api, month, role=role)
    assert (codes(topped) == ["FORBIDDEN"]) is (role is not Role.SALES_OPS)


REGISTER = """mutation Register($name: String!, $accounts: [String!]!, $zone: String!) {
  registerPartner(input: { name: $name, billingAccounts: $accounts, timeZone: $zone }) {
    partner { id name timeZone billingAccounts } userErrors { code path } } }"""
CUSTOMERS = """mutation Customers($partner: ID!, $customers: [CustomerInput!]!) {
  registerCustomers(input: { partnerId: $partner, customers: $customers }) {
    partner { customers { nodes { account association } } } userErrors { code path } } }"""


async def test_sales_registers_partners_and_customers(api: Client) -> None:
    api.sign_in(Role.SALES_OPS)
    variables = {"name": "Fabrikam", "accounts": ["b-1"], "zone": "Europe/Berlin"}
    made = (await api.ask(REGISTER, variables))["registerPartner"]
    assert made["userErrors"] == []
    assert made["partner"]["billingAccounts"] == ["b-1"]
    assert (await api.ask(REGISTER, variables))["registerPartner"] == made
    wrong = (await api.ask(REGISTER, variables | {"zone": "Mars/Base"}))["registerPartner"]
    assert wrong["userErrors"] == [{"code": "INVALID_TIME_ZONE", "path": ["timeZone"]}]
    people = [{"account": "c-1", "name": "A"}, {"account": "c-2", "name": "B", "email": "no"}]
    partner = made["partner"]["id"]
    refused = (await api.ask(CUSTOMERS, {"partner": partner, "customers": people}))[
        "registerCustomers"
    ]
    assert refused["userErrors"] == [{"code": "INVALID_INPUT", "path": ["customers", "1", "email"]}]
    people[1]["association"], people[1]["email"] = "REFERRAL", "b@example.com"
    done = (await api.ask(CUSTOMERS, {"partner": partner, "customers": people}))[
        "registerCustomers"
    ]
    assert done["partner"]["customers"]["nodes"] == [
        {"account": "c-1", "association": "RESELLER"},
        {"account": "c-2", "association": "REFERRAL"},
    ]
