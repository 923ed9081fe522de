"""Where a partner is told of events: its endpoints, and messages that it asks for again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from models.actions.audit import Act, record
from models.actions.events import Happening, QueuedDelivery, queue_delivery, write_event
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.locks import lock_partner
from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.adapters.outgoing import Outgoing
from models.rules.errors import Conflict, Forbidden, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.states import EventType
from models.rules.webhooks import (
    FORMER_SECRET_LIFETIME,
    chosen_types,
    parse_target,
    require_room,
)
from models.tables.jobs import Job
from models.tables.webhooks import WebhookDelivery, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """An endpoint to be; its URL was checked by `require_reachable`."""

    url: str
    event_types: list[EventType]
    sealed_secret: str


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What is to be different about an endpoint; None leaves as it is."""

    endpoint_id: int
    url: str | None = None
    event_types: list[EventType] | None = None
    is_enabled: bool | None = None


async def require_reachable(outgoing: Outgoing, principal: Principal, url: str) -> None:
    """Raise unless the principal may name receivers, and this URL is one that we may call.

    Before the transaction, as it asks the network. Raises Forbidden, InvalidInput:
    INVALID_INPUT, ADDRESS_NOT_ALLOWED, and Unavailable when its name is not found in time.
    """
    _partner(principal)
    await outgoing.addresses(parse_target(url, allow_http=outgoing.allow_private))


async def create_endpoint(
    tx: Tx, principal: Principal, draft: EndpointDraft, *, now: datetime
) -> int:
    """Tell the principal's partner at one more address; the endpoint's id.

    Raises Forbidden, InvalidInput (INVALID_INPUT, TOO_MANY_ENDPOINTS).
    """
    partner_id = _partner(principal)
    event_types = chosen_types(draft.event_types)
    await lock_partner(tx, partner_id)
    require_room(await WebhookEndpoint.filter(partner_id=partner_id).using_db(tx.client).count())
    endpoint = await WebhookEndpoint.create(
        using_db=tx.client,
        partner_id=partner_id,
        url=draft.url,
        event_types=event_types,
        sealed_secret=draft.sealed_secret,
        created_by=principal.subject,
        created_at=now,
    )
    await record(tx, principal, _act("CREATE_WEBHOOK_ENDPOINT", endpoint), now=now)
    return int(endpoint.id)


async def update_endpoint(
    tx: Tx, principal: Principal, change: EndpointChange, *, now: datetime
) -> None:
    """Change where an endpoint is, what it is told about, or whether it is told at all.

    Messages that wait go to the new address. Raises Forbidden, NotFound, InvalidInput.
    """
    endpoint = await _locked(tx, principal, change.endpoint_id)
    wanted = {
        "url": change.url,
        "event_types": None if change.event_types is None else chosen_types(change.event_types),
        "is_enabled": change.is_enabled,
    }
    changes = {name: value for name, value in wanted.items() if value is not None}
    if changes:
        endpoint.update_from_dict(changes)
        await save_changes(tx, endpoint, list(changes))
        await record(tx, principal, _act("UPDATE_WEBHOOK_ENDPOINT", endpoint), now=now)


async def rotate_secret(
    tx: Tx, principal: Principal, endpoint_id: int, *, sealed_secret: str, now: datetime
) -> None:
    """Sign with a new secret; for 24 hours with the one before as well, and with no older one.

    To be rid of a secret at once, rotate twice. Raises Forbidden, NotFound.
    """
    endpoint = await _locked(tx, principal, endpoint_id)
    endpoint.former_secret, endpoint.sealed_secret = endpoint.sealed_secret, sealed_secret
    endpoint.former_until = now + FORMER_SECRET_LIFETIME
    changed = ["former_secret", "sealed_secret", "former_until"]
    await save_changes(tx, endpoint, changed)
    await record(tx, principal, _act("ROTATE_WEBHOOK_SECRET", endpoint), now=now)


async def send_test(
    tx: Tx, principal: Principal, endpoint_id: int, *, key: str, now: datetime
) -> QueuedDelivery:
    """Queue a message of no meaning to one endpoint; once for one idempotency key.

    Raises Forbidden, NotFound, InvalidInput, Conflict: INVALID_STATE for an endpoint that is
    disabled, IDEMPOTENCY_CONFLICT.
    """
    request = keyed_request(_partner(principal), "sendTestWebhook", key, endpoint_id)
    endpoint = await _locked(tx, principal, endpoint_id)
    if (earlier := await earlier_result(tx, request)) is not None:
        return await _queued(tx, earlier)
    _require_enabled(endpoint)
    name = _name(endpoint)
    happening = Happening(endpoint.partner_id, EventType.WEBHOOK_TEST, name, {"endpointId": name})
    event_id, _ = await write_event(tx, happening, now=now)
    await record(tx, principal, _act("SEND_TEST_WEBHOOK", endpoint), now=now)
    return await _deliver(tx, request, event_id, endpoint, now=now)


async def replay_delivery(
    tx: Tx, principal: Principal, delivery_id: int, *, key: str, now: datetime
) -> QueuedDelivery:
    """Queue the same event for the same endpoint once more, whatever became of it before.

    The receiver sees the same `webhook-id`. Once for one idempotency key. Raises Forbidden,
    NotFound, InvalidInput, Conflict: INVALID_STATE for an endpoint that is disabled,
    IDEMPOTENCY_CONFLICT.
    """
    partner_id = _partner(principal)
    request = keyed_request(partner_id, "replayWebhookDelivery", key, delivery_id)
    await lock_partner(tx, partner_id)
    delivery = await WebhookDelivery.get_or_none(
        using_db=tx.client, id=delivery_id, partner_id=partner_id
    )
    if delivery is None:
        raise NotFound("There is no such delivery.", path=("deliveryId",))
    if (earlier := await earlier_result(tx, request)) is not None:
        return await _queued(tx, earlier)
    endpoint = await WebhookEndpoint.get(
        id=delivery.endpoint_id, partner_id=partner_id, using_db=tx.client
    )
    _require_enabled(endpoint)
    details = {"event": public_id(IdPrefix.EVENT, delivery.event_id)}
    delivery_name = public_id(IdPrefix.WEBHOOK_DELIVERY, delivery.id)
    act = Act("REPLAY_WEBHOOK_DELIVERY", delivery_name, partner_id, details)
    await record(tx, principal, act, now=now)
    return await _deliver(tx, request, delivery.event_id, endpoint, now=now)


def _partner(principal: Principal) -> int:
    principal.require(Action.MANAGE_WEBHOOKS)
    if principal.partner_id is None:
        raise Forbidden("Only a partner has endpoints of its own.")
    return principal.partner_id


async def _locked(tx: Tx, principal: Principal, endpoint_id: int) -> WebhookEndpoint:
    partner_id = _partner(principal)
    await lock_partner(tx, partner_id)
    endpoint = await WebhookEndpoint.get_or_none(
        using_db=tx.client, id=endpoint_id, partner_id=partner_id
    )
    if endpoint is None:
        raise NotFound("There is no such endpoint.", path=("endpointId",))
    return endpoint


def _require_enabled(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_enabled:
        raise Conflict("The endpoint is disabled; enable it first.")


async def _deliver(
    tx: Tx, request: Request, event_id: int, endpoint: WebhookEndpoint, *, now: datetime
) -> QueuedDelivery:
    queued = await queue_delivery(tx, event_id, endpoint, now=now)
    await remember(tx, request, queued.delivery_id, now=now)
    return queued


async def _queued(tx: Tx, delivery_id: int) -> QueuedDelivery:
    job = await Job.get(key=f"webhook:{delivery_id}", using_db=tx.client)
    return QueuedDelivery(delivery_id, job.id)


def _name(endpoint: WebhookEndpoint) -> str:
    return public_id(IdPrefix.WEBHOOK_ENDPOINT, endpoint.id)


def _act(action: str, endpoint: WebhookEndpoint) -> Act:
    """What was done, and how the endpoint is now; of its URL only the host, as paths are secret."""
    details: dict[str, Any] = {
        "host": urlsplit(endpoint.url).hostname,
        "event_types": list(endpoint.event_types),
        "is_enabled": endpoint.is_enabled,
    }
    return Act(action, _name(endpoint), endpoint.partner_id, details)
