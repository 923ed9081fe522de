"""Events, the endpoints that are told of them, and the log of what was sent there."""

from typing import Any

from models.reads.engine.plans import Request
from models.reads.engine.shapes import (
    Filter,
    Flag,
    Instant,
    Key,
    Number,
    One,
    Python,
    Root,
    Shape,
    Text,
    Word,
    identity,
    of_partner,
)
from models.rules.ids import IdPrefix
from models.rules.principals import Action
from models.rules.webhooks import event_data, pathless


def _data(_request: Request, payload: Any) -> str:
    return event_data(payload)


def _url(request: Request, url: Any) -> str:
    """The whole of it for those who may change it: what knows a path may post there."""
    return str(url) if request.principal.may(Action.MANAGE_WEBHOOKS) else pathless(str(url))


EVENT = Shape(
    "Event",
    "events {t}",
    {
        "id": Word("'evt_' || {t}.id"),
        "type": Word("{t}.event_type"),
        "objectId": Word("{t}.object_id"),
        "data": Python("CAST({t}.payload AS TEXT)", _data),
        "occurredAt": Instant("{t}.occurred_at"),
    },
    tenant="{t}.partner_id",
)

WEBHOOK_ENDPOINT = Shape(
    "WebhookEndpoint",
    "webhook_endpoints {t}",
    {
        "id": Word("'whe_' || {t}.id"),
        # Printable ASCII without quotes and backslashes: as it is, it is JSON.
        "url": Python("""'"' || {t}.url || '"'""", _url),
        # Python only parses and writes it again: a JSON column is JSON text already.
        "eventTypes": Python("CAST({t}.event_types AS TEXT)", lambda _request, types: types),
        "isEnabled": Flag("{t}.is_enabled"),
        "createdBy": Text("{t}.created_by"),
        "createdAt": Instant("{t}.created_at"),
        "formerSecretUntil": Instant(
            "CASE WHEN {t}.former_until > {now} THEN {t}.former_until END"
        ),
    },
    tenant="{t}.partner_id",
)

_JOB = "FROM jobs j WHERE j.key = 'webhook:' || {t}.id AND j.status = 'QUEUED'"

WEBHOOK_DELIVERY = Shape(
    "WebhookDelivery",
    "webhook_deliveries {t}",
    {
        "id": Word("'whd_' || {t}.id"),
        "event": One("Event", of_partner("{c}.id = {t}.event_id")),
        "endpoint": One("WebhookEndpoint", of_partner("{c}.id = {t}.endpoint_id")),
        "status": Word("{t}.status"),
        "attempts": Number("{t}.attempts"),
        "responseStatus": Number("{t}.response_status", is_nullable=True),
        "failure": Text("{t}.failure"),
        "createdAt": Instant("{t}.created_at"),
        "attemptedAt": Instant("{t}.attempted_at"),
        "nextAttemptAt": Instant(f"(SELECT j.run_at {_JOB})"),
        "deliveredAt": Instant("{t}.delivered_at"),
    },
    tenant="{t}.partner_id",
)

NEWEST_FIRST = (Key("{c}.id"),)
DELIVERY_FILTERS = {"status": Filter(column="{c}.status")}
EVENT_FILTERS = {"types": Filter(column="{c}.event_type")}

EVENT_BY_ID = Root(EVENT, filters={"id": identity(IdPrefix.EVENT)})
ENDPOINT_BY_ID = Root(WEBHOOK_ENDPOINT, filters={"id": identity(IdPrefix.WEBHOOK_ENDPOINT)})
DELIVERY_BY_ID = Root(WEBHOOK_DELIVERY, filters={"id": identity(IdPrefix.WEBHOOK_DELIVERY)})
