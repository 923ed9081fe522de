"""Webhooks through the real application: from naming a receiver to the log of what it was sent."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database
from models.rules.principals import Principal, Role
from models.tables.webhooks import WebhookEndpoint
from tests.api.client import Client, open_client
from tests.api.month import Month, a_month
from tests.hooking import send_due
from tests.receiver import a_receiver, status

CREATE = """mutation Create($url: String!, $types: [EventType!]!) {
  createWebhookEndpoint(input: { url: $url, eventTypes: $types }) {
    endpoint { id url eventTypes isEnabled createdBy formerSecretUntil }
    secret userErrors { code path } } }"""
UPDATE = """mutation Update($input: UpdateWebhookEndpointInput!) {
  updateWebhookEndpoint(input: $input) {
    endpoint { url eventTypes isEnabled } userErrors { code path } } }"""
ROTATE = """mutation Rotate($id: ID!) { rotateWebhookSecret(input: { endpointId: $id }) {
    endpoint { id formerSecretUntil } secret userErrors { code path } } }"""
TEST = """mutation Test($id: ID!) {
  sendTestWebhook(input: { endpointId: $id, idempotencyKey: "k" }) {
    delivery { id status attempts nextAttemptAt event { id type objectId data } }
    userErrors { code path } } }"""
REPLAY = """mutation Replay($id: ID!) {
  replayWebhookDelivery(input: { deliveryId: $id, idempotencyKey: "k" }) {
    delivery { id status event { id } } userErrors { code path } } }"""
LOG = """query Log($id: ID!, $status: [WebhookStatus!]) { partner(id: $id) {
    webhookEndpoints { id url eventTypes }
    webhookDeliveries(status: $status) { totalCount nodes {
        id status attempts responseStatus failure event { type } endpoint { id } } }
    events(types: [BILL_ISSUED, WEBHOOK_TEST]) { nodes { id type data } } } }"""
NODE = "query Node($id: ID!) { node(id: $id) { id __typename } }"


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """The application, allowed to call this machine."""
    async with open_client(database_url, tmp_path, allow_private_addresses=True) as client:
        yield client


@pytest.fixture
async def month(api: Client, db: Database) -> Month:
    made = await a_month(db)
    api.sign_in(Role.PARTNER_ADMIN, made.partner, "ada")
    return made


async def do(api: Client, query: str, **variables: Any) -> Any:
    (payload,) = (await api.ask(query, variables)).values()
    return payload


async def create(
    api: Client, url: str = "http://127.0.0.1:9/x", types: tuple[str, ...] = ("BILL_CONFIRMED",)
) -> Any:
    return await do(api, CREATE, url=url, types=list(types))


async def test_webhook_from_its_making_to_its_log(api: Client, db: Database, month: Month) -> None:
    async with a_receiver(status(500), status(200)) as receiver:
        made = await create(api, receiver.url, ("EXPORT_READY", "BILL_ISSUED"))
        assert made["userErrors"] == []
        assert made["endpoint"] == {
            "id": "whe_1", "url": receiver.url, "eventTypes": ["BILL_ISSUED", "EXPORT_READY"],
            "isEnabled": True, "createdBy": "ada", "formerSecretUntil": None,
        }  # fmt: skip
        sent = await do(api, TEST, id="whe_1")
        event = sent["delivery"]["event"]
        assert sent["delivery"]["nextAttemptAt"] == "2026-11-21T01:02:03.000000Z"
        assert event["data"] == '{"endpointId":"whe_1"}'
        assert (event["type"], event["objectId"]) == ("WEBHOOK_TEST", "whe_1")
        await send_due(db)
        assert (await do(api, REPLAY, id="whd_1"))["delivery"]["event"]["id"] == event["id"]
        await send_due(db)
        assert receiver.verified(made["secret"])["type"] == "webhook.test"
    seen = await do(api, LOG, id=f"prt_{month.partner}")
    assert seen["webhookEndpoints"] == [
        {"id": "whe_1", "url": receiver.url, "eventTypes": ["BILL_ISSUED", "EXPORT_READY"]}
    ]
    common = {"attempts": 1, "event": {"type": "WEBHOOK_TEST"}, "endpoint": {"id": "whe_1"}}
    failure = "The receiver answered 500."
    taken = {"id": "whd_2", "status": "DELIVERED", "responseStatus": 200, "failure": None}
    failed = {"id": "whd_1", "status": "RETRYING", "responseStatus": 500, "failure": failure}
    assert seen["webhookDeliveries"]["nodes"] == [taken | common, failed | common]
    assert [event["type"] for event in seen["events"]["nodes"]] == ["WEBHOOK_TEST", "BILL_ISSUED"]
    assert '"billAmount":"' in seen["events"]["nodes"][1]["data"]
    only = await do(api, LOG, id=f"prt_{month.partner}", status=["DELIVERED", "FAILED"])
    assert [node["id"] for node in only["webhookDeliveries"]["nodes"]] == ["whd_2"]


async def test_secret_is_shown_once(api: Client, month: Month) -> None:
    made = await create(api)
    rotated = await do(api, ROTATE, id="whe_1")
    until = (api.now + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert rotated["endpoint"] == {"id": "whe_1", "formerSecretUntil": until}
    secrets = {made["secret"], rotated["secret"]}
    assert len(secrets) == 2
    assert all(secret.startswith("whsec_") for secret in secrets)
    api.now += timedelta(hours=24)
    again = await do(api, UPDATE, input={"endpointId": "whe_1", "isEnabled": False})
    read = str(await do(api, LOG, id=f"prt_{month.partner}")) + str(again)
    rows = str(await WebhookEndpoint.all().values())
    assert not any(secret in read + rows for secret in secrets)
    node = '{ node(id: "whe_1") { ... on WebhookEndpoint { formerSecretUntil isEnabled } } }'
    assert (await api.ask(node))["node"] == {"formerSecretUntil": None, "isEnabled": False}


@pytest.mark.parametrize(
    ("url", "types", "error"),
    [
        ("ftp://example.com", ("BILL_PAID",), {"code": "INVALID_INPUT", "path": ["url"]}),
        (
            "https://nowhere.invalid/",
            ("BILL_PAID",),
            {"code": "ADDRESS_NOT_ALLOWED", "path": ["url"]},
        ),
        ("http://127.0.0.1", (), {"code": "INVALID_INPUT", "path": ["eventTypes"]}),
        ("http://127.0.0.1", ("WEBHOOK_TEST",), {"code": "INVALID_INPUT", "path": ["eventTypes"]}),
    ],
)
async def test_endpoint_that_cannot_be_is_refused(
    api: Client, month: Month, url: str, types: tuple[str, ...], error: dict[str, Any]
) -> None:
    refused = await create(api, url, types)
    assert refused == {"endpoint": None, "secret": None, "userErrors": [error]}
    assert await WebhookEndpoint.all().count() == 0


async def test_private_address_is_refused_unless_a_setting_allows_it(
    database_url: str, tmp_path: Path, db: Database
) -> None:
    partner = (await a_month(db)).partner
    async with open_client(database_url, tmp_path) as strict:
        strict.sign_in(Role.PARTNER_ADMIN, partner)
        refused = await create(strict, "https://127.0.0.1/")
    assert refused["userErrors"] == [{"code": "ADDRESS_NOT_ALLOWED", "path": ["url"]}]


async def test_eleventh_endpoint_is_refused(api: Client, month: Month) -> None:
    for _ in range(10):
        assert (await create(api))["userErrors"] == []
    refused = await create(api)
    assert refused["userErrors"] == [{"code": "TOO_MANY_ENDPOINTS", "path": []}]
    assert refused["secret"] is None


async def test_another_partners_webhooks_are_like_missing_ones(
    api: Client, db: Database, month: Month
) -> None:
    await create(api)
    await do(api, TEST, id="whe_1")
    theirs = await a_month(db, name="Contoso")
    api.sign_in(Role.PARTNER_ADMIN, theirs.partner)
    for query, foreign in ((ROTATE, "whe_1"), (TEST, "whe_1"), (REPLAY, "whd_1"), (NODE, "evt_1")):
        missing = foreign.replace("1", "999")
        assert await do(api, query, id=foreign) == await do(api, query, id=missing)
    changed = {"isEnabled": False}
    assert await do(api, UPDATE, input={"endpointId": "whe_1", **changed}) == await do(
        api, UPDATE, input={"endpointId": "whe_999", **changed}
    )
    for thing in ("whe_1", "whd_1", "evt_1"):
        assert (await api.ask(NODE, {"id": thing}))["node"] is None


@pytest.mark.parametrize("role", list(Role))
async def test_roles_read_all_and_only_administrators_change(
    api: Client, db: Database, month: Month, role: Role
) -> None:
    await create(api)
    await do(api, TEST, id="whe_1")
    is_vendor = Principal("x", role).is_vendor
    api.sign_in(role, None if is_vendor else month.partner, "x")
    if role is Role.CHANNEL_MANAGER:
        await db.transact(_assign, month.partner, "x")
    types = {"whe_1": "WebhookEndpoint", "whd_1": "WebhookDelivery", "evt_1": "Event"}
    for thing, type_name in types.items():
        seen = (await api.ask(NODE, {"id": thing}))["node"]
        assert seen == {"id": thing, "__typename": type_name}
    allowed = role is Role.PARTNER_ADMIN
    for payload in (
        await create(api),
        await do(api, ROTATE, id="whe_1"),
        await do(api, TEST, id="whe_1"),
        await do(api, REPLAY, id="whd_1"),
        await do(api, UPDATE, input={"endpointId": "whe_1", "isEnabled": False}),
    ):
        codes = [error["code"] for error in payload["userErrors"]]
        assert codes == ([] if allowed else ["FORBIDDEN"])
        assert allowed or payload.get("secret") is None
    assert (await WebhookEndpoint.get(id=1)).is_enabled is not allowed


async def _assign(tx: Any, partner: int, subject: str) -> None:
    await tx.execute(
        "INSERT INTO channel_assignments (partner_id, subject) VALUES ($1, $2)", partner, subject
    )
