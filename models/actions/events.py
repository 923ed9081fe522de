"""Telling what happened: written, with whom to tell, in the transaction that made it happen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.jobs import enqueue
from models.adapters.database import Tx
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import JobKind, NewJob
from models.rules.money import amount_text
from models.rules.states import EventType, WebhookStatus
from models.rules.webhooks import event_data
from models.tables.bills import Bill, BillVersion
from models.tables.webhooks import WebhookDelivery, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a partner is told about; `payload` holds no personal data."""

    partner_id: int
    event_type: EventType
    object_id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """A message that is to be sent, and the job to ring the bell for once that is committed."""

    delivery_id: int
    job_id: int


async def announce(tx: Tx, happening: Happening, *, now: datetime) -> None:
    """Write the event down, and queue a delivery to every endpoint that wants to know of it."""
    event_id, has_endpoints = await write_event(tx, happening, now=now)
    if not has_endpoints:
        return
    endpoints = await WebhookEndpoint.filter(
        partner_id=happening.partner_id, is_enabled=True
    ).using_db(tx.client)
    for endpoint in endpoints:
        if happening.event_type in endpoint.event_types:
            await queue_delivery(tx, event_id, endpoint, now=now)


async def write_event(tx: Tx, happening: Happening, *, now: datetime) -> tuple[int, bool]:
    """Write the event down; its id, and whether the partner has any endpoint that is enabled.

    One statement, as most bills are issued for partners that have none.
    """
    [row] = await tx.fetch(
        "INSERT INTO events (partner_id, event_type, object_id, payload, occurred_at)"
        " VALUES ($1, $2, $3, $4, $5) RETURNING id, EXISTS (SELECT 1 FROM webhook_endpoints w"
        " WHERE w.partner_id = events.partner_id AND w.is_enabled) AS has_endpoints",
        *(happening.partner_id, happening.event_type, happening.object_id),
        *(event_data(happening.payload), now),
    )
    return int(row["id"]), bool(row["has_endpoints"])


async def queue_delivery(
    tx: Tx, event_id: int, endpoint: WebhookEndpoint, *, now: datetime
) -> QueuedDelivery:
    """Queue a message about an event to one endpoint."""
    delivery = await WebhookDelivery.create(
        using_db=tx.client,
        partner_id=endpoint.partner_id,
        event_id=event_id,
        endpoint_id=endpoint.id,
        status=WebhookStatus.PENDING.value,
        created_at=now,
    )
    key = f"webhook:{delivery.id}"
    job = await enqueue(
        tx, NewJob(JobKind.SEND_WEBHOOK, key, {"delivery_id": delivery.id}, now), now=now
    )
    assert job is not None, "the delivery is new, so its key is"
    return QueuedDelivery(delivery.id, job)


def bill_event(event_type: EventType, bill: Bill, version: BillVersion) -> Happening:
    """What partners are told about a bill, as of one version."""
    bill_id = public_id(IdPrefix.BILL, bill.id)
    payload = {
        "billId": bill_id,
        "partnerId": public_id(IdPrefix.PARTNER, bill.partner_id),
        "cycle": bill.cycle,
        "kind": bill.kind,
        "currency": bill.currency,
        "version": version.number,
        "reason": version.reason,
        "digest": version.digest,
        "billAmount": amount_text(version.bill_amount),
        "amountDue": amount_text(version.amount_due),
    }
    return Happening(bill.partner_id, event_type, bill_id, payload)
