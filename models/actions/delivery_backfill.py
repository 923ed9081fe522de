"""Mending what is missing in a partner's bucket (R57)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.actions.audit import Act, record
from models.actions.delivery_requests import require_bucket
from models.actions.delivery_rows import deliver_key
from models.actions.delivery_schedule import Days, schedule_deliveries
from models.actions.idempotency import earlier_result, keyed_request, remember
from models.actions.jobs import run_again
from models.actions.locks import lock_partner
from models.adapters.database import Tx
from models.reads.delivery_gaps import IS_GAP
from models.reads.scope import partner_scope
from models.rules.cutoffs import estimate_day
from models.rules.deliveries import require_days
from models.rules.errors import InvalidInput, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.months import billing_zone, local_midnight
from models.rules.principals import Action, Principal
from models.rules.storage_states import DeliveryStatus
from models.tables.partners import Partner


@dataclass(frozen=True, slots=True)
class Backfill:
    """What is to be mended: a partner's files of the local days `first` to `last`, once for a key.

    `partner_id` is None for the principal's own partner.
    """

    partner_id: int | None
    first: date
    last: date
    key: str


@dataclass(frozen=True, slots=True)
class Mended:
    """Whose files are on their way now, and how many."""

    partner_id: int
    queued: int


async def backfill_deliveries(
    tx: Tx, principal: Principal, backfill: Backfill, *, lag_days: int, now: datetime
) -> Mended:
    """Deliver what was due on these days and is missing, to the bucket that is valid now.

    What waits to be tried again is tried at once. Raises Forbidden, NotFound (or not yours);
    InvalidInput: INVALID_RANGE, RANGE_TOO_LONG; Conflict: STORAGE_NOT_ENABLED,
    IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.BACKFILL_DELIVERIES)
    partner = await _partner(tx, principal, backfill.partner_id)
    first, last = backfill.first, backfill.last
    require_days(first, last)
    request = keyed_request(partner.id, "backfillDeliveries", backfill.key, first, last)
    await lock_partner(tx, partner.id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return Mended(partner.id, earlier)
    await require_bucket(tx, partner.id, now=now)
    await _schedule(tx, partner, lag_days, now)
    missing = await _ask(tx, principal, partner, backfill, now=now)
    await run_again(tx, [deliver_key(delivery_id) for delivery_id in missing], now=now)
    details = {"from": first.isoformat(), "to": last.isoformat(), "queued": len(missing)}
    act = Act("BACKFILL_DELIVERIES", public_id(IdPrefix.PARTNER, partner.id), partner.id, details)
    await record(tx, principal, act, now=now)
    await remember(tx, request, len(missing), now=now)
    return Mended(partner.id, len(missing))


async def _partner(tx: Tx, principal: Principal, partner_id: int | None) -> Partner:
    wanted = partner_id if partner_id is not None else principal.partner_id
    if wanted is None:
        raise InvalidInput("Say whose deliveries are meant.", path=("partnerId",))
    scope = partner_scope(principal, "id", 2)
    found = await tx.fetch_one(
        f"SELECT id FROM partners WHERE id = $1 AND {scope.condition}", wanted, *scope.values
    )
    if found is None:
        raise NotFound("There is no such partner.", path=("partnerId",))
    return await Partner.get(id=wanted, using_db=tx.client)


async def _schedule(tx: Tx, partner: Partner, lag_days: int, now: datetime) -> None:
    """What no worker has scheduled is missing, too."""
    today = estimate_day(now, billing_zone(partner.time_zone))
    while not await schedule_deliveries(tx, partner.id, Days(today, lag_days), now=now):
        pass


async def _ask(
    tx: Tx, principal: Principal, partner: Partner, backfill: Backfill, *, now: datetime
) -> list[int]:
    """Let what is missing be tried from now on, in one statement however much it is; its ids."""
    zone = billing_zone(partner.time_zone)
    start = local_midnight(backfill.first, zone)
    end = local_midnight(backfill.last + timedelta(days=1), zone)
    is_gap = IS_GAP.format(g="g", now="$4")
    rows = await tx.fetch(
        f"UPDATE deliveries AS g SET status = '{DeliveryStatus.SCHEDULED}', asked_by = $5,"
        " failure = NULL WHERE g.partner_id = $1 AND g.due_at >= $2 AND g.due_at < $3"
        f" AND g.status <> '{DeliveryStatus.RUNNING}' AND {is_gap} RETURNING id",
        *(partner.id, start, end, now, principal.subject),
    )
    return [int(row["id"]) for row in rows]
