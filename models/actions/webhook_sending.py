"""Sending one message to one endpoint, and noting what became of it.

The message is posted outside of any transaction, and noted after: a worker that dies in between
leaves the job to another, which posts again under the same `webhook-id`. So a receiver gets every
message at least once, and drops what it knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.jobs import ClaimedJob, complete
from models.adapters.database import Database, Tx
from models.adapters.outgoing import Outgoing
from models.adapters.signing import Message, SigningSecrets
from models.adapters.vault import Vault
from models.rules.errors import BillingError, Unavailable
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import next_attempt, told_reason
from models.rules.states import EventType, WebhookStatus
from models.rules.webhooks import GONE, answer_failure, event_body, parse_target
from models.tables.webhooks import WebhookDelivery, WebhookEndpoint

FAILURE_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began, the status of the answer if there was one, and what was wrong."""

    at: datetime
    response_status: int | None
    failure: str | None


async def send_webhook(
    db: Database,
    job: ClaimedJob,
    *,
    outgoing: Outgoing,
    vault: Vault,
    now: Callable[[], datetime],
) -> None:
    """Post the message of a claimed SEND_WEBHOOK job once.

    After the last attempt the delivery is FAILED and the job is done: a receiver that is away is
    its partner's business, no operator's. Before that, raises Unavailable with what was wrong, so
    that the job is tried again; and Superseded.
    """
    delivery = await WebhookDelivery.get(id=job.arguments["delivery_id"]).select_related(
        "event", "endpoint"
    )
    if not delivery.endpoint.is_enabled:
        await db.transact(_drop, job, now=now())
        return
    attempt = await _try(delivery, outgoing, vault, now())
    status = await db.transact(_note, job, delivery.endpoint, attempt, now=now())
    if status is WebhookStatus.RETRYING:
        raise Unavailable(attempt.failure or "")


async def _try(
    delivery: WebhookDelivery, outgoing: Outgoing, vault: Vault, now: datetime
) -> Attempt:
    event, endpoint = delivery.event, delivery.endpoint
    body = event_body(EventType(event.event_type), event.occurred_at, event.payload)
    message = Message(public_id(IdPrefix.EVENT, event.id), body)
    try:
        target = parse_target(endpoint.url, allow_http=outgoing.allow_private)
        secrets = SigningSecrets(vault, endpoint.partner_id)
        signed = secrets.headers(message, _sealed(endpoint, now), now=now)
        headers = {"Content-Type": "application/json", "User-Agent": "partner-bills", **signed}
        status = await outgoing.post(target, headers, body)
    except BillingError as refused:
        return Attempt(now, None, refused.message[:FAILURE_CHARACTERS])
    return Attempt(now, status, answer_failure(status))


def _sealed(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    former, until = endpoint.former_secret, endpoint.former_until
    is_in_use = former is not None and until is not None and now < until
    return [endpoint.sealed_secret, *([former] if former and is_in_use else [])]


async def _note(
    tx: Tx, job: ClaimedJob, endpoint: WebhookEndpoint, attempt: Attempt, *, now: datetime
) -> WebhookStatus:
    """Write down what became of an attempt; whatever is final finishes the job as well."""
    status = _status(job, attempt, now)
    is_delivered = status is WebhookStatus.DELIVERED
    open_statuses = "'PENDING', 'RETRYING'"
    if status is not WebhookStatus.RETRYING:
        open_statuses += ", 'FAILED'"  # an operator let it run once more
    await tx.execute(
        "UPDATE webhook_deliveries SET status = $3, attempts = attempts + 1, response_status = $4,"
        " failure = $5, attempted_at = $6, delivered_at = $7"
        f" WHERE partner_id = $1 AND id = $2 AND status IN ({open_statuses})",
        *(endpoint.partner_id, job.arguments["delivery_id"], status),
        *(attempt.response_status, attempt.failure, attempt.at, now if is_delivered else None),
    )
    if attempt.response_status == GONE:
        await _disable(tx, endpoint, now=now)
    if status is not WebhookStatus.RETRYING:
        await complete(tx, job, now=now)
    return status


def _status(job: ClaimedJob, attempt: Attempt, now: datetime) -> WebhookStatus:
    if attempt.failure is None:
        return WebhookStatus.DELIVERED
    is_last = next_attempt(job.failures + 1, job.lost_runs, now) is None
    is_final = is_last or attempt.response_status == GONE
    return WebhookStatus.FAILED if is_final else WebhookStatus.RETRYING


async def _disable(tx: Tx, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    changed = await tx.execute(
        "UPDATE webhook_endpoints SET is_enabled = FALSE"
        " WHERE partner_id = $1 AND id = $2 AND is_enabled",
        *(endpoint.partner_id, endpoint.id),
    )
    if changed:
        name = public_id(IdPrefix.WEBHOOK_ENDPOINT, endpoint.id)
        details = {"reason": f"The receiver answered {GONE}."}
        act = Act("DISABLE_WEBHOOK_ENDPOINT", name, endpoint.partner_id, details)
        await record(tx, None, act, now=now)


async def _drop(tx: Tx, job: ClaimedJob, *, now: datetime) -> None:
    await _give_up(tx, job, "The endpoint is disabled.")
    await complete(tx, job, now=now)


async def fail_delivery(tx: Tx, job: ClaimedJob, reason: str, now: datetime) -> None:
    """Say that a message was not sent, and why: its job broke or was lost too often."""
    await _give_up(tx, job, told_reason(reason, "The message could not be sent"))


async def _give_up(tx: Tx, job: ClaimedJob, failure: str) -> None:
    await tx.execute(
        "UPDATE webhook_deliveries SET status = 'FAILED', failure = $2"
        " WHERE id = $1 AND status <> 'DELIVERED'",
        *(job.arguments["delivery_id"], failure[:FAILURE_CHARACTERS]),
    )
