"""One month of two partners, from their registration to the files in their buckets, full of marks.

Northwind has a bucket that opens with keys, and all the trouble; Southwind has a local folder.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.rules.months import BillingMonth
from models.rules.principals import Principal, Role
from tests.actions.importing import a_file
from tests.canaries.houses import House
from tests.stripe_server import FATES

SALES = Principal("sam", Role.SALES_OPS)
MANAGER = Principal("mia", Role.CHANNEL_MANAGER)
FINANCE = Principal("fay", Role.PARTNER_FINANCE, 1)
ADMIN = Principal("ada", Role.PARTNER_ADMIN, 1)
SOUTH = Principal("sol", Role.PARTNER_ADMIN, 2)
BILL = "{ viewer { partner { bills(kind: RESELLER) { nodes { id version digest } } } } }"
FORMATS = ("CSV", "JSON_LINES", "XLSX", "PARQUET", "FOCUS_CSV")
TEN = {"amount": "10", "currency": "USD"}


def cycle() -> BillingMonth:
    """A month whose bill is due whenever this runs."""
    today = datetime.now(UTC)
    return BillingMonth(today.year, today.month).plus(-2)


async def register(house: House) -> None:
    """Partners, their customers and an address."""
    cast = house.cast
    people = [
        {"account": "c-1", "name": cast.name.text, "mobile": cast.mobile.text},
        {"account": "c-2", "name": cast.other.text, "email": cast.email.text},
    ]
    for number, name in ((1, "Northwind"), (2, "Southwind")):
        about = {"billingAccounts": [f"{number}000"], "channelManagers": [MANAGER.subject]}
        made = await house.do(SALES, "registerPartner", "partner { id }", name=name, **about)
        partner = made["partner"]["id"]
        assert partner == f"prt_{number}"
        sent = {"partnerId": partner, "customers": people}
        await house.do(SALES, "registerCustomers", "partner { id }", **sent)
    where = {"street": cast.street.text, "city": "Berlin", "country": "DE"}
    who = {"legalName": cast.company.text, "taxNumber": cast.tax_number.text}
    await house.do(SALES, "setBillingAddress", "partner { id }", partnerId="prt_1", **where, **who)


async def listen(house: House) -> None:
    """Webhooks: to a receiver that is slow to agree, and to one that is not there."""
    types, path = ["BILL_CONFIRMED", "BILL_DISPUTED", "EXPORT_READY"], house.cast.path.text
    for base in (house.receiver.url, "http://127.0.0.1:9"):
        told = {"url": base + path, "eventTypes": types}
        made = await house.do(ADMIN, "createWebhookEndpoint", "secret", **told)
        house.cast.learn("webhook secret", made["secret"].removeprefix("whsec_"))
    rotated = await house.do(ADMIN, "rotateWebhookSecret", "secret", endpointId="whe_2")
    house.cast.learn("webhook secret", rotated["secret"].removeprefix("whsec_"))


async def store(house: House) -> str:
    """A bucket that opens with keys, renewed once, and a folder; the bucket's name."""
    cast, address = house.cast, await house.moto.made()
    keys = {"accessKeyId": cast.key_id.text, "secretAccessKey": cast.key.text}
    where = {"endpoint": house.moto.url, "region": house.moto.region, "bucket": address.bucket}
    folder = {"provider": "LOCAL_FOLDER", "bucket": "south", "createsBucket": True}
    far = {"provider": "S3_COMPATIBLE", "credentials": keys, **where}
    for who, bucket in ((ADMIN, far), (SOUTH, folder)):
        number, shown = who.partner_id, "billStorage { destination { accessKeyHint } }"
        named = {"storageId": f"bst_{number}"}
        await house.do(SALES, "allowBillStorage", shown, partnerId=f"prt_{number}")
        await house.do(who, "requestStorageGrant", shown, **named)
        await house.do(who, "agreeToStorageGrant", shown, grantId=f"sgr_{number}")
        sent = {**named, **bucket, "storesCustomerBills": True}
        await house.do(who, "enableBillStorage", shown, **sent)
    renewed = {"storageId": "bst_1", "credentials": keys | {"secretAccessKey": cast.new_key.text}}
    await house.do(ADMIN, "updateBillStorage", "billStorage { id }", **renewed)
    return str(address.bucket)


async def charge(house: House) -> None:
    """Two files arrive in the inbox, one of them broken; bills are issued of the other."""
    cast, inbox = house.cast, house.place.files / "inbox"
    inbox.mkdir(parents=True)
    of_month = {
        "BillingPeriodStart": f"{cycle()}-01T00:00:00Z",
        "ChargePeriodStart": f"{cycle()}-07T12:00:00Z",
        "ChargePeriodEnd": f"{cycle()}-07T13:00:00Z",
    }
    texts = [cast.name.text, cast.other.text, cast.mobile.text, f"<{cast.email.text}>"]
    rows = [
        {"BillingAccountId": payer, "SubAccountId": customer, column: f"for {text}, 7"}
        for payer in ("1000", "2000")
        for customer in ("c-1", "c-2")
        for column in ("ResourceId", "ChargeDescription")
        for text in texts
    ]
    _arrived(a_file(inbox / "good.csv", [of_month | row for row in rows]))
    slipped = [mark.text for mark in cast.personal]
    columns = ("BilledCost", "ChargePeriodStart", "BillingCurrency", "ChargeCategory")
    broken = [{column: text} for text in slipped for column in (*columns, "ConsumedQuantity")]
    broken += [{"BillingAccountId": text} for text in slipped]
    _arrived(a_file(inbox / "bad.csv", [of_month | row for row in broken]))
    await house.until("SELECT 1 FROM inbox_files WHERE status = 'REFUSED'")
    await house.command("import", "--quiet", str(inbox / "bad.csv"), "--rejects", str(inbox))
    await house.until("SELECT count(*) FROM bills HAVING count(*) = 2")


def _arrived(path: Path) -> None:
    """The inbox takes a file that has not changed for a while."""
    os.utime(path, (time.time() - 600,) * 2)


async def the_bill(house: House, who: Principal = FINANCE) -> dict[str, Any]:
    """The bill as somebody looks at it."""
    data = await house.ask(who, BILL)
    [bill] = data["viewer"]["partner"]["bills"]["nodes"]
    return {"billId": bill["id"], "version": bill["version"], "digest": bill["digest"]}


async def quarrel(house: House) -> None:
    """A question, an answer, corrections that name somebody, and a look at who that is."""
    cast, key = house.cast, {"idempotencyKey": "quarrel"}
    asked = {**await the_bill(house), "message": cast.question.text, **key}
    dispute = (await house.do(FINANCE, "openDispute", "dispute { id }", **asked))["dispute"]["id"]
    said = {"disputeId": dispute, "message": cast.reply.text}
    await house.do(MANAGER, "replyToDispute", "dispute { id }", **said)
    change = {"customerId": "cus_1", "description": f"Returned to {cast.name.text}"}
    change |= {"amount": {"amount": "-1", "currency": "USD"}}
    answer = {"resolution": "ACCEPTED", "answer": cast.reply.text, "adjustments": [change]}
    sent = {"disputeId": dispute, **answer, **key}
    await house.do(MANAGER, "resolveDispute", "dispute { status }", **sent)
    adjusted = {**await the_bill(house), **change, "reason": "GOODWILL", **key}
    await house.do(MANAGER, "adjustBill", "bill { version }", **adjusted)
    why = {"customerId": "cus_1", "reason": f"{cast.name.text} ({cast.mobile.text}) has called"}
    await house.do(MANAGER, "revealCustomer", "name mobile", **why)


async def confirm_and_pay(house: House) -> None:
    """By a means that is taken, by one that is not, and from the deposit, which is taken back."""
    cast = house.cast
    for who in (FINANCE, SOUTH):
        await house.do(who, "confirmBill", "bill { status }", **await the_bill(house, who))
    FATES[cast.means.text] = {"status": "succeeded"}
    arrived = {"partnerId": "prt_1", "amount": TEN, "idempotencyKey": "wire"}
    await house.do(SALES, "topUpDeposit", "partner { id }", **arrived)
    sent = {"amount": TEN, "idempotencyKey": "deposit"}
    paid = await house.do(FINANCE, "payBills", "payment { id }", **sent)
    why = {"reason": f"{cast.name.text} <{cast.email.text}> paid twice", "idempotencyKey": "back"}
    back = {"paymentId": paid["payment"]["id"], **why}
    await house.do(SALES, "reversePayment", "payment { status }", **back)
    for means, status in ((cast.refused_means, "FAILED"), (cast.means, "SUCCEEDED")):
        sent = {"amount": TEN, "paymentMethod": means.text, "idempotencyKey": status}
        await house.do(FINANCE, "payBills", "payment { id }", **sent)
        await house.until("SELECT 1 FROM payments WHERE method = 'STRIPE' AND status = $1", status)


async def export(house: House) -> None:
    """Files of every format, fetched; the invoice and a statement, too."""
    span = {"fromCycle": str(cycle()), "toCycle": str(cycle())}
    for kind in FORMATS:
        sent = {**span, "format": kind, "idempotencyKey": kind}
        await house.do(FINANCE, "exportBills", "exportJob { id }", **sent)
    by_customer = {**span, "view": "BY_CUSTOMER", "idempotencyKey": "by customer"}
    await house.do(FINANCE, "exportBills", "exportJob { id }", **by_customer)
    ready = "SELECT count(*) FROM export_jobs WHERE status = 'SUCCEEDED' HAVING count(*) > $1"
    await house.until(ready, len(FORMATS))
    await house.until("SELECT 1 FROM invoices WHERE partner_id = 1 AND object_key IS NOT NULL")
    links = """{ viewer { partner { exports { nodes { downloadUrl error } }
      invoices { nodes { downloadUrl } }
      statement(currency: USD, from: "2020-01-01", to: "2020-12-31") { csvUrl pdfUrl } } } }"""
    told = (await house.ask(FINANCE, links))["viewer"]["partner"]
    exported = [node["downloadUrl"] for node in told["exports"]["nodes"]]
    house.files += [await house.fetch(url) for url in (*exported, *told["statement"].values())]
    invoiced = [node["downloadUrl"] for node in told["invoices"]["nodes"]]
    house.invoices += [await house.fetch(url) for url in invoiced]


async def deliver(house: House, bucket: str) -> None:
    """Both confirmed bills reach their buckets, one of which was away when its turn came."""
    await house.until("SELECT 1 FROM deliveries WHERE partner_id = 1 AND status = 'RETRYING'")
    house.moto.client.create_bucket(Bucket=bucket)
    there = "SELECT count(*) FROM deliveries WHERE status = 'DELIVERED' HAVING count(*) = 2"
    await house.until(there)
    for name in house.moto.names(bucket):
        house.files += [name.encode(), house.moto.content(bucket, name)]
    local = [path for path in (house.place.folder / "buckets").rglob("*") if path.is_file()]
    house.files += [path.read_bytes() for path in local]
    assert len(local) == len(house.moto.names(bucket)) == 2
