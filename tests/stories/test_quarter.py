"""One partner's first quarter: every kind of thing that happens to a bill, and every identity held.

The clock is moved; files come in, a worker does what is due, people act over GraphQL. After every
step each bill's identities are asked for, and everything stored is verified.
"""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import facturx
from stripe import WebhookSignature

from models.adapters.database import Database
from models.rules.principals import Role
from tests.stories.quarter import HOOK_SECRET, Quarter, a_quarter
from tests.stripe_server import event

FINANCE, MANAGER, SALES = Role.PARTNER_FINANCE, Role.CHANNEL_MANAGER, Role.SALES_OPS
DIFF = """query Diff($id: ID!, $from: Int!, $to: Int!) {
  billDiff(billId: $id, from: $from, to: $to) {
  from { totals { billAmount { amount } } } to { totals { billAmount { amount } } reason }
  changes { addedTotal { amount } removedTotal { amount } changedTotal { amount } }
  lines(first: 50) { nodes { change product difference { amount } } } } }"""
PAYMENT = """query Paid($id: ID!) { node(id: $id) { ... on Payment { status } } }"""
EXPLAIN = """query Why($id: ID!) { bill(id: $id) { explain(amount: AMOUNT_DUE) {
  reason amount { amount } addends { label amount { amount } } } } }"""


async def test_three_months_of_one_partner(db: Database, database_url: str, tmp_path: Path) -> None:
    async with a_quarter(db, database_url, tmp_path) as quarter:
        await january(quarter)
        await february(quarter)
        await march(quarter)
        await the_books(quarter)


async def january(q: Quarter) -> None:
    """Estimates, late charges, a dispute that is accepted, a stale and a good confirmation."""
    await q.act(
        SALES,
        "setBillingAddress",
        partnerId=f"prt_{q.partner}", legalName="云岭数字科技有限公司", street="科技路 1 号",
        city="西安", postcode="710000", country="CN", taxNumber="91610000MA6EXAMPLE",
    )  # fmt: skip
    q.at("2026-01-08 08:00")
    await q.charge(
        "2026-01",
        {"BilledCost": "1000.123456789012345678", "ResourceId": "i-1"},
        {"BilledCost": "59.99", "SubAccountId": "3000", "ServiceName": "Object Storage"},
    )
    assert await q.work() == ["ESTIMATE"]
    q.at("2026-01-20 08:00")
    await q.charge("2026-01", {"BilledCost": "-30.5", "ChargeCategory": "Purchase"})
    assert await q.work() == ["ESTIMATE"]
    await q.audit()
    q.at("2026-02-05 00:59")
    assert await q.work() == ["ESTIMATE"]
    q.at("2026-02-05 01:00")
    assert await q.work() == ["ISSUE_BILLS"]
    await q.audit()
    first = await q.bill("2026-01", "status isLate estimateAccuracy { asOf difference { amount } }")
    assert (first["version"], first["isLate"], len(first["estimateAccuracy"])) == (1, False, 3)
    await q.charge("2026-01", {"BilledCost": "7.005", "SubAccountId": "3000"})
    assert await q.work() == ["REISSUE_BILL"]
    await _the_versions_differ_by(q, first["id"], (1, 2), "7.005")
    stale = await _confirm(q, first)
    assert stale == ["STALE_VERSION"]
    await _dispute(q)
    await q.audit()
    second = await q.bill("2026-01", "status")
    assert (second["version"], second["status"]) == (3, "ISSUED")
    confirmed = await _confirm(q, second)
    assert confirmed["status"] == "CONFIRMED"
    assert confirmed["invoice"] == {"number": "INV-2026-000001", "documentType": "INVOICE"}
    assert await q.work() == ["WRITE_INVOICE"]
    await q.audit()
    money = {"amount": "300", "currency": "USD"}
    top_up = {"partnerId": f"prt_{q.partner}", "amount": money, "idempotencyKey": "1"}
    await q.act(SALES, "topUpDeposit", **top_up)
    paid = await q.act(FINANCE, "payBills", amount=money, idempotencyKey="part")
    assert paid["status"] == "SUCCEEDED"
    await q.audit()


async def _dispute(q: Quarter) -> None:
    bill = await q.bill("2026-01", "charges(first: 1) { nodes { id } }")
    [charge] = bill["charges"]["nodes"]
    shown = {"billId": bill["id"], "version": bill["version"], "digest": bill["digest"]}
    asked = {**shown, "message": "We returned this server.", "chargeIds": [charge["id"]]}
    dispute = await q.act(FINANCE, "openDispute", **asked, idempotencyKey="why")
    assert dispute["status"] == "OPEN"
    assert await _confirm(q, bill) == ["OPEN_DISPUTE"]
    await q.charge("2026-01", {"BilledCost": "0.25", "SubAccountId": "3000"})
    await q.work()
    assert (await q.bill("2026-01", ""))["version"] == bill["version"]  # it waits
    await q.audit()
    answer = {"disputeId": dispute["id"], "resolution": "ACCEPTED", "idempotencyKey": "yes"}
    assert await q.act(MANAGER, "resolveDispute", **answer) == ["NO_CHANGE"]
    change = {
        "amount": {"amount": "-20.1", "currency": "USD"},
        "description": "Returned on the 9th",
        "chargeId": charge["id"],
    }
    done = await q.act(MANAGER, "resolveDispute", **answer, answer="Right.", adjustments=[change])
    assert (done["status"], done["resolvedVersion"]) == ("ACCEPTED", bill["version"] + 1)


async def _confirm(q: Quarter, bill: dict[str, Any]) -> Any:
    shown = {"billId": bill["id"], "version": bill["version"], "digest": bill["digest"]}
    return await q.act(FINANCE, "confirmBill", **shown)


async def _the_versions_differ_by(
    q: Quarter, bill: str, numbers: tuple[int, int], added: str
) -> None:
    variables = {"id": bill, "from": numbers[0], "to": numbers[1]}
    diff = (await q.ask(FINANCE, DIFF, **variables))["billDiff"]
    assert diff["to"]["reason"] == "LATE_CHARGES"
    parts = {name: Decimal(value["amount"]) for name, value in diff["changes"].items()}
    before, after = (Decimal(diff[end]["totals"]["billAmount"]["amount"]) for end in ("from", "to"))
    assert after - before == parts["addedTotal"] - parts["removedTotal"] + parts["changedTotal"]
    lines = [Decimal(line["difference"]["amount"]) for line in diff["lines"]["nodes"]]
    assert Decimal(added) in lines
    assert sum(lines) == after - before


async def february(q: Quarter) -> None:
    """Corrections of January, a coupon, taxes, a payment whose answer is lost, a reversal."""
    q.at("2026-02-10 10:00")
    await q.charge("2026-01", {"BilledCost": "3.5"})  # too late for January: it is confirmed
    await q.charge("2026-02", {"BilledCost": "800.004"}, {"BilledCost": "0.01"})
    bill = await q.bill("2026-01", "charges(first: 1) { nodes { id } }")
    correction = {
        "billId": bill["id"], "version": bill["version"], "reason": "BILLING_ERROR",
        "amount": {"amount": "-5", "currency": "USD"}, "description": "Wrong list price",
        "chargeId": bill["charges"]["nodes"][0]["id"],
    }  # fmt: skip
    too_much = correction | {"amount": {"amount": "-1000", "currency": "USD"}}
    assert await q.act(MANAGER, "adjustBill", **too_much, idempotencyKey="0") == [
        "CORRECTION_EXCEEDS_ORIGINAL"
    ]
    line = await q.act(MANAGER, "adjustBill", **correction, idempotencyKey="1")
    assert (line["cycle"], line["originCycle"]) == ("2026-02", "2026-01")
    await q.audit()
    vat = {"name": "VAT", "rate": "0.06"}
    taxes = {"partnerId": f"prt_{q.partner}", "firstCycle": "2026-02", "components": [vat]}
    await q.act(SALES, "setTaxes", **taxes)
    await q.act(
        MANAGER, "grantCoupon", partnerId=f"prt_{q.partner}", name="Spring", idempotencyKey="s",
        amount={"amount": "100.5", "currency": "USD"}, validFrom="2026-03-01",
        validUntil="2026-04-30",
    )  # fmt: skip
    q.at("2026-03-05 06:00")
    await q.work()
    await q.audit()
    total = await q.totals("2026-02")
    assert total["settlement"] == Decimal("798.514")  # 800.004 + 0.01 + 3.5 − 5
    assert total["coupons"] == Decimal("100.5")
    assert total["tax"] == Decimal("41.88")  # 6 % of 698.014
    assert total["billAmount"] == Decimal("739.89")
    corrections = (await q.bill("2026-01", "corrections { totalCount }"))["corrections"]
    assert corrections == {"totalCount": 2}
    await _confirm(q, await q.bill("2026-02", ""))
    await q.work()
    await q.audit()
    await _pay_by_card(q)


async def _pay_by_card(q: Quarter) -> None:
    bill = await q.bill("2026-02", "")
    q.stripe.fail_next("confirm", "cut", after=True)
    order = {"billIds": [bill["id"]], "paymentMethod": "pm_card_visa"}
    payment = await q.act(FINANCE, "payBills", **order, idempotencyKey="card")
    await q.work()
    found = await q.ask(FINANCE, PAYMENT, id=payment["id"])
    assert found["node"]["status"] == "UNKNOWN"
    assert await q.act(FINANCE, "payBills", **order, idempotencyKey="again") == [
        "PAYMENT_IN_PROGRESS"
    ]
    await q.audit()
    q.at("2026-03-05 06:01")
    await q.work()
    assert (await q.totals("2026-02"))["outstanding"] == 0
    assert sum(q.stripe.charges.values()) == 1
    await _tell(q, event("payment_intent.succeeded", q.stripe.the_intent))
    await q.audit()
    back = {"paymentId": payment["id"], "reason": "Paid twice", "idempotencyKey": "r"}
    assert (await q.act(SALES, "reversePayment", **back))["status"] == "REVERSED"
    await q.work()
    assert (await q.totals("2026-02"))["outstanding"] == Decimal("739.89")
    assert sum(q.stripe.refunds.values()) == 1
    await q.audit()


async def _tell(q: Quarter, body: bytes) -> None:
    """Stripe tells again what is known already."""
    stamp = int(q.api.now.timestamp())
    header = WebhookSignature.generate_signature_header(body.decode(), HOOK_SECRET, timestamp=stamp)
    for signature, status in ((header, 200), (header, 200), (header[:-1] + "x", 400)):
        answer = await q.api.http.post(
            "/webhooks/stripe", content=body, headers={"stripe-signature": signature}
        )
        assert answer.status_code == status


async def march(q: Quarter) -> None:
    """Refunds outweigh: a negative bill, a credit note, and the credit on April's bill."""
    q.at("2026-03-20 10:00")
    await q.charge(
        "2026-03", {"BilledCost": "40"}, {"BilledCost": "-90.25", "ChargeCategory": "Purchase"}
    )
    q.at("2026-04-05 02:00")
    await q.work()
    total = await q.totals("2026-03")
    assert (total["billAmount"], total["amountDue"]) == (Decimal("-50.25"), 0)
    assert (total["creditAmount"], total["coupons"], total["tax"]) == (Decimal("50.25"), 0, 0)
    bill = await q.bill("2026-03", "")
    why = (await q.ask(FINANCE, EXPLAIN, id=bill["id"]))["bill"]["explain"]
    assert "50.25 USD" in why["reason"]
    assert sum(Decimal(part["amount"]["amount"]) for part in why["addends"]) == 0
    confirmed = await _confirm(q, bill)
    assert confirmed["invoice"] == {"number": "CN-2026-000001", "documentType": "CREDIT_NOTE"}
    await q.work()
    await q.audit()
    q.at("2026-04-20 10:00")
    await q.charge("2026-04", {"BilledCost": "60"})
    q.at("2026-05-05 02:00")
    await q.work()
    assert (await q.totals("2026-04"))["settlement"] == Decimal("9.75")
    await q.audit()


async def the_books(q: Quarter) -> None:
    """The statement adds up, as do its file and the documents."""
    whole = await q.statement("2026-01-01", "2026-05-31")
    halves = [
        await q.statement("2026-01-01", "2026-03-05"),
        await q.statement("2026-03-06", "2026-05-31"),
    ]
    assert halves[0]["closingBalance"] == halves[1]["openingBalance"]
    assert halves[1]["closingBalance"] == whole["closingBalance"]
    january, february = await q.totals("2026-01"), await q.totals("2026-02")
    owed = january["outstanding"] + february["outstanding"]
    assert Decimal(whole["closingBalance"]["amount"]) == owed
    table = list(csv.reader(io.StringIO((await _fetch(q, whole["csvUrl"])).decode("utf-8-sig"))))
    assert len(table) == len(whole["entries"]["nodes"]) + 3  # header, opening, closing
    assert (await _fetch(q, whole["pdfUrl"])).startswith(b"%PDF-")
    for cycle in ("2026-01", "2026-02", "2026-03"):
        invoice = (await q.bill(cycle, "invoice { downloadUrl sha256 }"))["invoice"]
        pdf = await _fetch(q, invoice["downloadUrl"])
        _, xml = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True)
        assert b"CrossIndustryInvoice" in xml


async def _fetch(q: Quarter, url: str) -> bytes:
    answer = await q.api.http.get(url.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200
    return answer.content
