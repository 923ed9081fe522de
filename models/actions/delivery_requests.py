"""Delivering because sales operations ask: now, or again (R47)."""

from dataclasses import dataclass
from datetime import datetime

from models.actions.audit import record
from models.actions.deliveries import (
    confirm_delivery,
    expect_delivery,
    stores_customer_bills,
)
from models.actions.delivery_moves import delivery_act, move_delivery
from models.actions.delivery_renewals import renew_month
from models.actions.delivery_rows import deliver_key
from models.actions.idempotency import earlier_result, keyed_request, remember
from models.actions.jobs import run_again
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.actions.storage import current_destination
from models.adapters.database import Tx
from models.rules.deliveries import DeliveryVerb, reseller_key
from models.rules.errors import Conflict, ErrorCode
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.states import BillKind
from models.rules.storage_states import DeliveryKind, DeliveryStatus
from models.tables.bills import Bill
from models.tables.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class AskedDelivery:
    """A delivery that was asked for, and the job to ring the bell for; None where none waits."""

    delivery_id: int
    job_id: int | None


async def trigger_delivery(
    tx: Tx, principal: Principal, delivery_id: int, *, key: str, now: datetime
) -> AskedDelivery:
    """Deliver a file now, whatever became of it; harmless when it is on its way.

    One that was delivered is looked for, and put again where it is gone; a month's file that would
    say something else by now is delivered anew. Raises Forbidden, NotFound, InvalidInput; Conflict:
    BILL_NOT_CONFIRMED, STORAGE_NOT_ENABLED, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.TRIGGER_DELIVERY)
    partner_id = await owner_of(tx, principal, "delivery", delivery_id)
    request = keyed_request(partner_id, "triggerDelivery", key, delivery_id)
    await lock_partner(tx, partner_id)
    if await earlier_result(tx, request) is not None:
        return AskedDelivery(delivery_id, None)
    delivery = await Delivery.get(id=delivery_id, partner_id=partner_id, using_db=tx.client)
    asked = await _ask(tx, principal, delivery, now=now)
    await remember(tx, request, delivery_id, now=now)
    return asked


async def deliver_bill(
    tx: Tx, principal: Principal, bill_id: int, *, key: str, now: datetime
) -> AskedDelivery:
    """Deliver the file of a confirmed reseller bill now, also where none was ever scheduled.

    Harmless when it is on its way; one that was delivered is looked for, and put again where it is
    gone. Raises Forbidden, NotFound, InvalidInput; Conflict: BILL_NOT_CONFIRMED,
    STORAGE_NOT_ENABLED, IDEMPOTENCY_CONFLICT, and INVALID_STATE for one of the partner's own use.
    """
    principal.require(Action.TRIGGER_DELIVERY)
    partner_id = await owner_of(tx, principal, "bill", bill_id)
    request = keyed_request(partner_id, "deliverBill", key, bill_id)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return AskedDelivery(earlier, None)
    bill = await Bill.get(id=bill_id, partner_id=partner_id, using_db=tx.client)
    asked = await _ask(tx, principal, await _of_bill(tx, bill, now), now=now)
    await remember(tx, request, asked.delivery_id, now=now)
    return asked


async def _of_bill(tx: Tx, bill: Bill, now: datetime) -> Delivery:
    if bill.kind != BillKind.RESELLER:
        raise Conflict(
            "The partner's own use is delivered by day and by month, not by bill.",
            path=("billId",),
        )
    if bill.confirmed_at is None:
        raise _not_confirmed("billId")
    await expect_delivery(tx, bill, now=now)
    await confirm_delivery(tx, bill, confirmed_at=bill.confirmed_at, now=now)
    key = reseller_key(public_id(IdPrefix.BILL, bill.id))
    return await Delivery.get(partner_id=bill.partner_id, key=key, using_db=tx.client)


async def _ask(tx: Tx, principal: Principal, delivery: Delivery, *, now: datetime) -> AskedDelivery:
    if delivery.status == DeliveryStatus.WAITING_FOR_CONFIRMATION:
        raise _not_confirmed("deliveryId")
    await require_bucket(tx, delivery.partner_id, now=now)
    if delivery.kind == DeliveryKind.RESELLER and not await stores_customer_bills(
        tx, delivery.partner_id
    ):
        raise Conflict(
            "The partner has not agreed to have customer bills stored.",
            ErrorCode.STORAGE_NOT_ENABLED,
        )
    if delivery.status == DeliveryStatus.RUNNING:
        return AskedDelivery(delivery.id, None)
    if delivery.status == DeliveryStatus.DELIVERED:
        await renew_month(tx, delivery)
    await move_delivery(
        tx, delivery, DeliveryVerb.ASK, ", asked_by = $4, failure = NULL", principal.subject
    )
    jobs = await run_again(tx, [deliver_key(delivery.id)], now=now)
    await record(tx, principal, delivery_act("TRIGGER_DELIVERY", delivery), now=now)
    return AskedDelivery(delivery.id, jobs[0] if jobs else None)


async def require_bucket(tx: Tx, partner_id: int, *, now: datetime) -> None:
    """Raise Conflict (STORAGE_NOT_ENABLED) unless there is somewhere to deliver to."""
    if await current_destination(tx, partner_id, at=now) is None:
        raise Conflict(
            "Bill storage is not enabled: there is no bucket to deliver to.",
            ErrorCode.STORAGE_NOT_ENABLED,
        )


def _not_confirmed(field: str) -> Conflict:
    return Conflict(
        "The bill is not confirmed yet; its file is delivered once it is.",
        ErrorCode.BILL_NOT_CONFIRMED,
        path=(field,),
    )
