"""One partner's month, from the first charge to the file on its disk, on a moved clock."""

import csv
import hashlib
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobs.demo.queries import QUERIES
from models.rules.principals import Role
from models.rules.registration import Association, CustomerRegistration
from tests.actions.desk import ledger
from tests.actions.importing import a_registered_partner
from tests.stories.books import Book, read_books, sigma
from tests.stories.scene import Scene

ATLAS = CustomerRegistration(
    "2000", "Atlas Nimbus", mobile="+86 138 0013 8000", email="li.wei@atlas.test"
)
BIRCH = CustomerRegistration("2001", "Birch & Söhne")
REFERRED = CustomerRegistration("2002", "Referred Ltd.", Association.REFERRAL)

FEBRUARY = {
    "BillingPeriodStart": "2026-02-01T00:00:00Z",
    "BillingPeriodEnd": "2026-03-01T00:00:00Z",
    "ChargePeriodStart": "2026-02-07T12:00:00Z",
    "ChargePeriodEnd": "2026-02-07T13:00:00Z",
}
BIRCHES = {"SubAccountId": "2001", "SubAccountName": "Birch & Söhne"}
NOBODYS = {"SubAccountId": "", "SubAccountName": ""}
FIRST = [
    {"BilledCost": "8083.849492500000000001"},
    {"BilledCost": "1.5e-7", "RegionId": "", "ResourceId": "disk of Atlas-Nimbus"},
    {"BilledCost": "100.10", "ServiceName": "Object Storage", **BIRCHES},
    {"BilledCost": "77", "SubAccountId": "2002", "SubAccountName": "Referred Ltd."},
    {"BilledCost": "42.42", "SubAccountId": "9000", "SubAccountName": "Our own"},
]
SECOND = [
    {"BilledCost": "-853.8495", "ChargeDescription": "back to li.wei@atlas.test"},
    {"BilledCost": "30", "PublisherName": "Maker Ltd.", "ServiceName": "=Firewall", **BIRCHES},
    {"BilledCost": "-20", "ChargeCategory": "Credit", **NOBODYS},
    {"BilledCost": "4.005", "ChargeCategory": "Tax", **BIRCHES},
]
FIRST_SUM = sigma(["8083.849492500000000001", "1.5e-7", "100.10"])
BOTH_SUM = sigma([FIRST_SUM, "-853.8495", "30", "-20"])

ESTIMATES = """{ viewer { partner { estimateHistory(first: 50, kind: RESELLER) { nodes {
  cycle asOf dataThrough amount { amount } coupons { amount } tax { amount }
  expenditures { amount } refunds { amount } adjustments { amount } } } } } }"""
TOP_UP = """mutation TopUp($partner: ID!, $amount: MoneyInput!, $key: String!) {
  topUpDeposit(input: { partnerId: $partner, amount: $amount, idempotencyKey: $key }) {
    userErrors { code } } }"""
DEPOSITS = "{ viewer { partner { deposits { currency balance { amount } } } } }"
EXPORTS = """{ viewer { partner { exports(first: 5) { nodes {
  id status progressPercent rowsDone rowsTotal fileName sizeBytes sha256 downloadUrl } } } } }"""
CUSTOMERS = """{ viewer { partner { customers(first: 50) { nodes {
  name mobile email exportToken } } } } }"""


@pytest.fixture
async def partner(scene: Scene) -> int:
    """Three customers, one of them referred, and an account of the partner's own."""
    partner = await a_registered_partner(
        scene.services.db, own_accounts=("9000",), customers=(ATLAS, BIRCH, REFERRED)
    )
    scene.api.sign_in(Role.PARTNER_FINANCE, partner)
    return partner


async def books(scene: Scene) -> dict[tuple[str, str], Book]:
    return await read_books(scene.api.ask)


def shown(book: Book) -> dict[str, Any]:
    bill = book.bill
    return {"bill": bill["id"], "version": bill["version"], "digest": bill["digest"]}


async def estimates(scene: Scene) -> list[tuple[str, str, str, Decimal]]:
    nodes = (await scene.api.ask(ESTIMATES))["viewer"]["partner"]["estimateHistory"]["nodes"]
    for node in nodes:
        parts = [node[name]["amount"] for name in ("expenditures", "refunds", "adjustments")]
        assert sigma(parts) == Decimal(node["amount"]["amount"])
        assert (node["coupons"]["amount"], node["tax"]) == ("0", None)
    return [
        (n["cycle"], n["asOf"], n["dataThrough"], Decimal(n["amount"]["amount"])) for n in nodes
    ]


async def grow_estimates(scene: Scene) -> None:
    scene.at("2026-02-10 09:00")
    await scene.post("first", [FEBRUARY | row for row in FIRST])
    assert await scene.work() == ["ESTIMATE"]
    scene.at("2026-02-11 09:00")
    assert await scene.work() == ["ESTIMATE"]
    await scene.post("second", [FEBRUARY | row for row in SECOND])
    assert await scene.work() == []
    scene.at("2026-02-12 09:00")
    assert await scene.work() == ["ESTIMATE"]
    assert await estimates(scene) == [
        ("2026-02", "2026-02-12", "2026-02-11", BOTH_SUM),
        ("2026-02", "2026-02-11", "2026-02-10", FIRST_SUM),
        ("2026-02", "2026-02-10", "2026-02-09", FIRST_SUM),
    ]
    assert await books(scene) == {}


async def issue(scene: Scene) -> Book:
    scene.at("2026-03-05 00:59")
    assert await scene.work() == ["ESTIMATE"]
    assert await books(scene) == {}
    scene.at("2026-03-05 01:00")
    assert await scene.work() == ["ISSUE_BILLS"]
    now = await books(scene)
    assert set(now) == {("2026-02", "RESELLER"), ("2026-02", "SELF_USE")}
    assert now["2026-02", "SELF_USE"].totals["billAmount"] == Decimal("42.42")
    first = now["2026-02", "RESELLER"]
    assert first.totals["settlement"] == BOTH_SUM
    assert (first.totals["tax"], first.totals["billAmount"]) == (
        Decimal("4.01"), Decimal("7344.11"),
    )  # fmt: skip
    assert (first.bill["version"], first.bill["paymentStatus"]) == (1, "NOT_PAYABLE")
    assert await scene.work() == []
    return first


async def reissue_and_confirm(scene: Scene, first: Book) -> Book:
    scene.at("2026-03-06 10:00")
    await scene.post("late", [FEBRUARY | {"BilledCost": "10"}])
    assert await scene.work() == ["REISSUE_BILL"]
    second = (await books(scene))["2026-02", "RESELLER"]
    assert second.totals["settlement"] == sigma([BOTH_SUM, 10])
    assert second.bill["version"] == 2

    refused = (await scene.api.ask(QUERIES["confirm"], shown(first)))["confirmBill"]
    assert [error["code"] for error in refused["userErrors"]] == ["STALE_VERSION"]
    current = {name: second.bill[name] for name in ("version", "digest", "status")}
    assert current.items() <= refused["bill"].items()
    assert (await books(scene))["2026-02", "RESELLER"] == second

    done = await scene.do("confirmBill", QUERIES["confirm"], shown(second))
    assert (done["bill"]["status"], done["bill"]["paymentStatus"]) == ("CONFIRMED", "UNPAID")
    return (await books(scene))["2026-02", "RESELLER"]


async def carry_over(scene: Scene, confirmed: Book) -> None:
    """What comes after confirmation is on the next month's bill, and says where it is from."""
    scene.at("2026-03-07 10:00")
    await scene.post("too-late", [FEBRUARY | {"BilledCost": "5.000000000000000001"}])
    await scene.post("march", [{"BilledCost": "7"}])
    assert await scene.work() == ["ESTIMATE", "WRITE_INVOICE"]
    scene.at("2026-04-05 01:00")
    assert await scene.work() == ["ISSUE_BILLS"]
    now = await books(scene)
    assert now["2026-02", "RESELLER"] == confirmed
    march = now["2026-03", "RESELLER"]
    assert [(c["amount"]["amount"], c["originCycle"]) for c in march.charges] == [
        ("5.000000000000000001", "2026-02"), ("7", "2026-03"),
    ]  # fmt: skip


async def pay(scene: Scene, partner: int, confirmed: Book) -> None:
    async def paid(key: str, amount: str | None) -> tuple[str, Decimal]:
        money = {"amount": amount, "currency": "USD"} if amount else None
        variables = {"bills": [confirmed.bill["id"]], "amount": money, "key": key}
        await scene.do("payBills", QUERIES["pay"], variables)
        book = (await books(scene))["2026-02", "RESELLER"]
        return book.bill["paymentStatus"], book.totals["outstanding"]

    scene.at("2026-04-06 10:00")
    scene.api.sign_in(Role.SALES_OPS)
    amount = {"amount": "10000", "currency": "USD"}
    variables = {"partner": f"prt_{partner}", "amount": amount, "key": "wire-1"}
    await scene.do("topUpDeposit", TOP_UP, variables)
    scene.api.sign_in(Role.PARTNER_FINANCE, partner)
    due = confirmed.totals["amountDue"]
    assert due == Decimal("7354.11")
    assert await paid("a", "7000.01") == ("PARTIALLY_PAID", due - Decimal("7000.01"))
    assert await paid("a", "7000.01") == ("PARTIALLY_PAID", due - Decimal("7000.01"))
    assert await paid("b", None) == ("PAID", Decimal(0))
    deposits = (await scene.api.ask(DEPOSITS))["viewer"]["partner"]["deposits"]
    assert [Decimal(row["balance"]["amount"]) for row in deposits] == [10000 - due]
    assert await ledger() == {"CASH": 10000, "DEPOSIT": due - 10000, "RECEIVABLE": 0, "SALES": -due}


async def export(scene: Scene) -> dict[str, Any]:
    variables = {"from": "2026-02", "to": "2026-03", "key": "e1"}
    await scene.do("exportBills", QUERIES["export"], variables)
    assert await scene.work() == ["EXPORT"]
    [job] = (await scene.api.ask(EXPORTS))["viewer"]["partner"]["exports"]["nodes"]
    assert (job["status"], job["progressPercent"]) == ("SUCCEEDED", 100)
    return dict(job)


async def check_file(scene: Scene, job: dict[str, Any], content: bytes) -> None:
    """Every row once, the sums of every bill, and no customer but by token (I14, R37)."""
    assert (len(content), hashlib.sha256(content).hexdigest()) == (job["sizeBytes"], job["sha256"])
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    bills = {book.bill["id"]: book for book in (await books(scene)).values()}
    assert {row["bill"] for row in rows} == set(bills)
    for bill, book in bills.items():
        mine = [row for row in rows if row["bill"] == bill]
        ids = [charge["id"] for charge in book.charges]
        assert sorted(row["charge"] for row in mine) == sorted(ids)
        assert sigma(row["settlement_amount"] for row in mine) == book.totals["settlement"]
    assert len(rows) == job["rowsDone"] == job["rowsTotal"]
    nodes = (await scene.api.ask(CUSTOMERS))["viewer"]["partner"]["customers"]["nodes"]
    tokens = {node["name"]: node["exportToken"] for node in nodes}
    assert {row["customer"] for row in rows} == {
        "", tokens["Atlas Nimbus"], tokens["Birch & Söhne"],
    }  # fmt: skip
    text = content.decode().casefold()
    for secret in ("atlas", "nimbus", "birch", "söhne", "referred", "13800138000", "li.wei"):
        assert secret not in text
    assert any(row["product"] == "'=Firewall" for row in rows)


async def test_month_from_first_charge_to_downloaded_file(scene: Scene, partner: int) -> None:
    await grow_estimates(scene)
    first = await issue(scene)
    confirmed = await reissue_and_confirm(scene, first)
    await carry_over(scene, confirmed)
    await pay(scene, partner, confirmed)
    job = await export(scene)
    answer = await scene.api.http.get(job["downloadUrl"])
    assert answer.status_code == 200
    await check_file(scene, job, answer.content)
    scene.api.now += timedelta(hours=1, seconds=1)
    late = await scene.api.http.get(job["downloadUrl"])
    assert (late.status_code, late.json()["errors"][0]["extensions"]["code"]) == (
        410, "LINK_EXPIRED",
    )  # fmt: skip
    again = (await scene.api.ask(EXPORTS))["viewer"]["partner"]["exports"]["nodes"][0]
    renewed = await scene.api.http.get(again["downloadUrl"])
    assert (renewed.status_code, renewed.content) == (200, answer.content)
