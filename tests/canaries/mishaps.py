"""Everything that can go wrong in the month, on purpose: refusals, broken rows, parked jobs."""

import json
from typing import Any

from models.actions.export_terms import ExportTerms
from models.actions.exports import request_export
from models.adapters.database import Tx
from models.adapters.settings import EXAMPLE_VENDOR
from models.rules.exports import ExportFormat, ExportOrder, ExportView
from tests.canaries.houses import House
from tests.canaries.months import ADMIN, FINANCE, SALES, cycle, the_bill
from tests.exporting import KEPT
from tests.peers.hostile import a_store, says

CUSTOMERS = """mutation Do($input: RegisterCustomersInput!) { registerCustomers(input: $input) {
  userErrors { code message path } } }"""
STORAGE = """mutation Do($input: EnableBillStorageInput!) { enableBillStorage(input: $input) {
  userErrors { code message path } } }"""
ADDRESS = """mutation Do($input: SetBillingAddressInput!) { setBillingAddress(input: $input) {
  userErrors { code message path } } }"""
DISPUTE = """mutation Do($input: OpenDisputeInput!) { openDispute(input: $input) {
  userErrors { code message path } } }"""
COLUMNS = "query Ask($id: ID!) { node(id: $id) { ... on ExportJob { columns } } }"


async def send_nonsense(house: House) -> None:
    """Inputs that are refused, each with something personal or secret in it."""
    cast = house.cast
    whole = {"account": "c-9", "name": cast.name.text, "mobile": cast.mobile.text}
    for changes in (
        {"mobile": cast.email.text}, {"email": cast.name.text}, {"name": cast.name.text * 40},
        {"account": 5}, {"name": [cast.name.text]}, {"association": cast.name.core},
        {"email": {"is": cast.email.text}}, {"more": cast.email.text}, {"name": None},
    ):  # fmt: skip
        sent = {"partnerId": "prt_1", "customers": [whole | changes]}
        await refused(house, SALES, CUSTOMERS, input=sent)
    customer = f'{{ account: "c", name: {json.dumps(cast.name.text)}, mobile: 5 }}'
    inline = f'registerCustomers(input: {{ partnerId: "prt_1", customers: [{customer}] }})'
    await refused(house, SALES, f"mutation {{ {inline} {{ userErrors {{ code }} }} }}")
    await refused(house, SALES, f"mutation {{ {inline} {{ userErrors {{ code }} }} ")
    await refused(house, SALES, f'{{ partner(id: "x") {{ name }} }} "{cast.email.text}"')
    await refused(house, SALES, f'{{ partner(id: "x" "{cast.email.text}") {{ name }} }}')
    address = {"partnerId": "prt_1", "legalName": cast.company.text, "street": cast.street.text}
    for changes in (
        {"country": cast.street.text},
        {"country": 5},
        {"taxNumber": cast.name.text * 9},
    ):
        await refused(
            house, SALES, ADDRESS, input=address | {"city": "B", "country": "DE"} | changes
        )
    bill = await the_bill(house)
    for message in (cast.question.text + "\x00", [cast.question.text, 5], cast.question.text * 400):
        sent = {**bill, "message": message, "idempotencyKey": "n"}
        await refused(house, FINANCE, DISPUTE, input=sent)
    keys = {"accessKeyId": cast.key_id.text, "secretAccessKey": cast.key.text}
    bucket = {"storageId": "bst_1", "provider": "S3_COMPATIBLE", "bucket": "some-bucket"}
    async with a_store(says(403, f"<Error><Code>{cast.key.text}</Code></Error>")) as store:
        told = bucket | {"endpoint": store.url, "credentials": keys}
        probe = STORAGE.replace("enable", "probe").replace("Enable", "Probe")
        await refused(house, ADMIN, probe, input=told)
    for wrong in (cast.key.text, keys | {"secretAccessKey": [cast.key.text]}, keys | {"more": 1}):
        await refused(house, ADMIN, STORAGE, input=bucket | {"credentials": wrong})
    path = {"url": f"ftp://hooks.example{cast.path.text}", "eventTypes": ["BILL_ISSUED"]}
    await house.attempt(ADMIN, "createWebhookEndpoint", "secret", **path)


async def refused(house: House, who: Any, query: str, **variables: Any) -> None:
    """A request that must be refused."""
    before = len(house.errors)
    await house.post(who, query, **variables)
    assert len(house.errors) > before, query


async def knock(house: House) -> None:
    """At doors that are no GraphQL: wrong tokens, broken links, forged messages."""
    cast = house.cast
    wrong = house.header(FINANCE)["Authorization"] + cast.key.core
    for header in (wrong, f"Basic {cast.key.text}", f"Bearer {cast.house.text}"):
        asked = {"json": {"query": "{ viewer { role } }"}, "headers": {"Authorization": header}}
        await house.refuse("POST", "/graphql", **asked)
    body = json.dumps({"query": cast.question.text}).encode() + cast.email.text.encode()
    headers = house.header(FINANCE) | {"Content-Type": "application/json"}
    await house.refuse("POST", "/graphql", content=body, headers=headers)
    link = f"/downloads/exp_1?partner=prt_1&expires=9999999999&signature={cast.key.core}"
    await house.refuse("GET", link)
    forged = {"stripe-signature": f"t=1,v1={cast.hook.core}"}
    await house.refuse("POST", "/webhooks/stripe", content=cast.means.text, headers=forged)


async def break_rows(house: House) -> None:
    """Rows that no part of the product would write, so that both processes meet a bug in them."""
    broken = await house.db.transact(_broken_export, house)
    await house.until("SELECT 1 FROM jobs WHERE key = $1 AND status = 'PARKED'", f"export:{broken}")
    told = await house.post(FINANCE, COLUMNS, id=f"exp_{broken}")
    assert told["errors"][0]["extensions"]["code"] == "INTERNAL"
    followed = f'exportProgress(exportId: "exp_{broken}")'
    await house.listen(FINANCE, f"subscription {{ {followed} {{ columns }} }}")
    await house.db.transact(_broken_event, house.cast.email.core)
    await house.until("SELECT 1 FROM jobs WHERE kind = 'SEND_WEBHOOK' AND status = 'PARKED'")


async def _broken_export(tx: Tx, house: House) -> int:
    """An export of a view that is called like a customer, whose job has one attempt left."""
    from datetime import UTC, datetime

    order = ExportOrder(cycle(), cycle(), ExportView.DETAILS, ExportFormat.CSV, "broken")
    terms, now = ExportTerms(KEPT, 2**30, 20, EXAMPLE_VENDOR), datetime.now(UTC)
    made = await request_export(tx, FINANCE, order=order, terms=terms, now=now)
    name = house.cast.name.core
    await tx.execute("UPDATE export_jobs SET view = $2 WHERE id = $1", made.export_id, name)
    await tx.execute("UPDATE jobs SET failures = 5 WHERE id = $1", made.job_id)
    return made.export_id


async def _broken_event(tx: Tx, name: str) -> None:
    """An event of a type that is called like a person, in a job that has one attempt left."""
    await tx.execute("UPDATE events SET event_type = $1 WHERE event_type = 'BILL_DISPUTED'", name)
    assert await tx.execute(
        "UPDATE jobs SET failures = 5, run_at = created_at WHERE status = 'QUEUED' AND key IN"
        " (SELECT 'webhook:' || d.id FROM webhook_deliveries d JOIN events e ON e.id = d.event_id"
        " WHERE e.event_type = $1)",
        name,
    )
