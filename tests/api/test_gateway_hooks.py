"""Paying by card through the real application: ordered, collected, told, taken back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from stripe import WebhookSignature

from jobs.runners import RUNNERS
from jobs.services import Services
from models.actions import jobs
from models.actions.jobs import Claimant
from models.adapters.database import Database
from models.adapters.files import LocalFiles
from models.adapters.gateways import PretendGateway
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import JobKind
from models.rules.principals import Role
from models.tables.payments import GatewayEvent
from tests.api.client import Client, open_client
from tests.api.month import Month, a_month
from tests.api.test_mutations import codes, confirm
from tests.stripe_server import event

SECRET = "whsec_test"
WORKER = Claimant("ann", timedelta(seconds=20), frozenset({JobKind.COLLECT_PAYMENT}))
PAYMENT = """payment { id method status failure actionUrl settledAt reversedAt
  amount { amount } toDeposit { amount } allocations { isCounted amount { amount } } }
  userErrors { code path }"""
PAY = """mutation Pay($bills: [ID!], $means: String, $key: String!) {
  payBills(input: { billIds: $bills, paymentMethod: $means, idempotencyKey: $key }) { %s } }"""
REVERSE = """mutation Reverse($payment: ID!, $reason: String!, $key: String!) {
  reversePayment(input: { paymentId: $payment, reason: $reason, idempotencyKey: $key }) { %s } }"""
BILL = """query Bill($id: ID!) { bill(id: $id) { paymentStatus hasPaymentInProgress
  totals { paid { amount } }
  payments(first: 5) { totalCount nodes { isCounted amount { amount }
    payment { id status } bill { id } } } } }"""


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    settings = {"pretend_gateway": True, "stripe_webhook_secret": SECRET}
    async with open_client(database_url, tmp_path / "data", **settings) as client:
        yield client


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    made = await a_month(db)
    api.sign_in(Role.PARTNER_FINANCE, made.partner)
    await confirm(api, made)
    return made


async def pay(api: Client, month: Month, **changes: str) -> Any:
    variables = {"bills": [f"bil_{month.bills[0]}"], "means": "pm_card_visa", "key": "p1"}
    return (await api.ask(PAY % PAYMENT, variables | changes))["payBills"]


async def bill(api: Client, month: Month) -> Any:
    return (await api.ask(BILL, {"id": f"bil_{month.bills[0]}"}))["bill"]


async def work(api: Client, db: Database, folder: Path) -> None:
    gateway = PretendGateway()
    services = Services(db, Settings(), LocalFiles(folder), SilentBell(), gateway=gateway)
    for job in await db.transact(jobs.claim, WORKER, limit=9, now=api.now):
        await RUNNERS[job.kind].run(services, job, lambda: api.now)


async def post(api: Client, body: bytes, *, header: str | None = None) -> httpx2.Response:
    signature = WebhookSignature.generate_signature_header(
        body.decode(), SECRET, timestamp=int(api.now.timestamp())
    )
    headers = {"stripe-signature": signature if header is None else header}
    return await api.http.post("/webhooks/stripe", content=body, headers=headers)


async def test_card_payment_is_followed_from_order_to_reversal(
    api: Client, month: Month, db: Database, tmp_path: Path
) -> None:
    ordered = await pay(api, month)
    assert ordered["userErrors"] == []
    payment = ordered["payment"]
    assert (payment["status"], payment["method"], payment["settledAt"]) == (
        "PENDING",
        "STRIPE",
        None,
    )
    assert payment["allocations"] == [{"isCounted": False, "amount": {"amount": "325.83"}}]
    seen = await bill(api, month)
    assert (seen["paymentStatus"], seen["hasPaymentInProgress"]) == ("UNPAID", True)
    assert codes(await pay(api, month, key="p2")) == ["PAYMENT_IN_PROGRESS"]
    await work(api, db, tmp_path)
    payment = (await pay(api, month))["payment"]
    assert (payment["status"], payment["settledAt"]) == ("SUCCEEDED", "2026-11-21T01:02:03.000000Z")
    seen = await bill(api, month)
    assert (seen["paymentStatus"], seen["totals"]["paid"]["amount"]) == ("PAID", "325.83")
    assert seen["payments"] == {
        "totalCount": 1,
        "nodes": [
            {
                "isCounted": True,
                "amount": {"amount": "325.83"},
                "payment": {"id": payment["id"], "status": "SUCCEEDED"},
                "bill": {"id": f"bil_{month.bills[0]}"},
            }
        ],
    }
    api.sign_in(Role.SALES_OPS)
    variables = {"payment": payment["id"], "reason": "Paid twice", "key": "r1"}
    for _ in range(2):
        reversal = (await api.ask(REVERSE % PAYMENT, variables))["reversePayment"]
        assert reversal["userErrors"] == []
        assert reversal["payment"]["status"] == "REVERSED"
        assert reversal["payment"]["reversedAt"] == "2026-11-21T01:02:03.000000Z"
    again = (await api.ask(REVERSE % PAYMENT, variables | {"key": "r2"}))["reversePayment"]
    assert codes(again) == ["ALREADY_REVERSED"]
    seen = await bill(api, month)
    assert (seen["paymentStatus"], seen["payments"]["nodes"][0]["isCounted"]) == ("UNPAID", False)


@pytest.mark.parametrize(
    ("means", "status", "shown"),
    [
        ("pm_card_visa_chargeDeclined", "FAILED", ("Your card was declined.", None)),
        (
            "pm_card_authenticationRequired",
            "REQUIRES_ACTION",
            (None, "https://bank.example/authenticate"),
        ),
    ],
)
async def test_payment_says_what_is_to_be_done(
    api: Client, month: Month, db: Database, tmp_path: Path, means: str, status: str, shown: Any
) -> None:
    await pay(api, month, means=means)
    await work(api, db, tmp_path)
    payment = (await pay(api, month, means=means))["payment"]
    assert (payment["status"], (payment["failure"], payment["actionUrl"])) == (status, shown)


async def test_message_settles_a_payment_and_is_thanked_for_again(
    api: Client, month: Month, db: Database, tmp_path: Path
) -> None:
    means = "pm_card_authenticationRequired"
    ordered = (await pay(api, month, means=means))["payment"]
    await work(api, db, tmp_path)
    ref = f"pretend/REQUIRES_ACTION/{ordered['id']}-20261121T010203000000"
    told = event("payment_intent.succeeded", {"id": ref, "status": "succeeded"})
    for _ in range(2):
        answer = await post(api, told)
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert (await pay(api, month, means=means))["payment"]["status"] == "SUCCEEDED"
    assert (await bill(api, month))["paymentStatus"] == "PAID"
    assert await GatewayEvent.all().count() == 1


async def test_message_about_nothing_of_ours_is_thanked_for(api: Client, month: Month) -> None:
    for kind in ("payment_intent.succeeded", "customer.created"):
        answer = await post(api, event(kind, {"id": "pi_other", "status": "succeeded"}))
        assert answer.status_code == 200
    assert await GatewayEvent.all().count() == 0


async def test_message_that_stripe_did_not_sign_lately_is_refused(
    api: Client, month: Month
) -> None:
    body = event("payment_intent.succeeded", {"id": "pi_1", "status": "succeeded"})
    old = WebhookSignature.generate_signature_header(
        body.decode(), SECRET, timestamp=int(api.now.timestamp()) - 301
    )
    for header, code in (("", "INVALID"), ("t=1,v1=ab", "INVALID"), (old, "EXPIRED")):
        answer = await post(api, body, header=header)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == f"SIGNATURE_{code}"


async def test_message_of_another_form_is_refused(api: Client) -> None:
    assert (await api.http.get("/webhooks/stripe")).status_code == 405
    assert (await post(api, b"x" * 100_001)).status_code == 413
    assert (await post(api, b"[]")).status_code == 400


async def test_foreign_and_missing_payments_are_one_answer(
    api: Client, month: Month, db: Database
) -> None:
    payment = (await pay(api, month))["payment"]["id"]
    theirs = await a_month(db, name="Contoso")
    api.sign_in(Role.PARTNER_VIEWER, theirs.partner)
    node = "query Node($id: ID!) { node(id: $id) { id } }"
    assert await api.ask(node, {"id": payment}) == {"node": None}
    variables = {"payment": payment, "reason": "x", "key": "r1"}
    refused = (await api.ask(REVERSE % PAYMENT, variables))["reversePayment"]
    assert (codes(refused), refused["payment"]) == (["FORBIDDEN"], None)


async def test_without_a_gateway_there_is_only_the_deposit(
    database_url: str, db: Database, tmp_path: Path
) -> None:
    async with open_client(database_url, tmp_path / "data") as api:
        made = await a_month(db)
        api.sign_in(Role.PARTNER_FINANCE, made.partner)
        await confirm(api, made)
        refused = await pay(api, made)
        assert refused["userErrors"] == [
            {"code": "PAYMENT_METHOD_UNAVAILABLE", "path": ["paymentMethod"]}
        ]
        assert (await post(api, b"{}")).status_code == 404
