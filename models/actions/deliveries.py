"""What bills, and bill storage, mean for deliveries: the customers' bills (R33, R34, R47, R53).

All verbs here are part of another one's transaction, under `lock_partner`.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from models.actions.delivery_moves import move_delivery
from models.actions.delivery_rows import deliver_job, deliver_key
from models.actions.jobs import enqueue, run_again
from models.adapters.database import Tx
from models.rules.deliveries import DeliveryVerb, reseller_key
from models.rules.delivery_days import reseller_files_at
from models.rules.ids import IdPrefix, public_id
from models.rules.months import BillingMonth, billing_zone
from models.rules.states import BillKind
from models.rules.storage_states import DeliveryKind, DeliveryStatus
from models.tables.bills import Bill
from models.tables.deliveries import Delivery
from models.tables.partners import BillingAccount, Partner
from models.tables.storage import BillStorage


async def stores_customer_bills(tx: Tx, partner_id: int) -> bool:
    """Whether the partner's reseller bills are to be stored: it has a bucket and has agreed."""
    storage = await BillStorage.get_or_none(partner_id=partner_id, using_db=tx.client)
    return storage is not None and storage.is_enabled and storage.customer_bills_since is not None


async def bill_issued(tx: Tx, bill: Bill, *, now: datetime) -> None:
    """Let the file of a new reseller bill wait for the confirmation, where it is to be stored."""
    if bill.kind == BillKind.RESELLER and await stores_customer_bills(tx, bill.partner_id):
        await expect_delivery(tx, bill, now=now)


async def bill_confirmed(tx: Tx, bill: Bill, *, confirmed_at: datetime) -> None:
    """Schedule the file of a reseller bill, where one waits or is to be stored."""
    if bill.kind != BillKind.RESELLER:
        return
    if await stores_customer_bills(tx, bill.partner_id):
        await expect_delivery(tx, bill, now=confirmed_at)
    await confirm_delivery(tx, bill, confirmed_at=confirmed_at, now=confirmed_at)


async def storage_enabled(tx: Tx, partner_id: int, *, now: datetime) -> None:
    """Take up the reseller bills that are still to be stored; called once there is consent.

    They are those that nobody has confirmed, and those whose file was not due before now.
    """
    zone = await _zone(tx, partner_id)
    bills = Bill.filter(partner_id=partner_id, kind=BillKind.RESELLER.value).using_db(tx.client)
    for bill in await bills.order_by("id"):
        confirmed_at = bill.confirmed_at
        if confirmed_at is None:
            await expect_delivery(tx, bill, now=now)
        elif now <= _due_at(bill, zone, confirmed_at):
            await expect_delivery(tx, bill, now=now)
            await confirm_delivery(tx, bill, confirmed_at=confirmed_at, now=now)


async def storage_disabled(tx: Tx, partner_id: int, *, now: datetime) -> None:
    """Let what waits to be tried again have its turn at once: it will be SKIPPED (R55)."""
    waiting = await Delivery.filter(
        partner_id=partner_id,
        status__in=[DeliveryStatus.SCHEDULED.value, DeliveryStatus.RETRYING.value],
        due_at__lte=now,
    ).using_db(tx.client)
    await run_again(tx, [deliver_key(delivery.id) for delivery in waiting], now=now)


async def expect_delivery(tx: Tx, bill: Bill, *, now: datetime) -> None:
    """Put in the file of a reseller bill, to wait for its confirmation; once for each bill."""
    key = reseller_key(public_id(IdPrefix.BILL, bill.id))
    cycle = BillingMonth.parse(bill.cycle)
    if await Delivery.exists(partner_id=bill.partner_id, key=key, using_db=tx.client):
        return
    await Delivery.create(
        using_db=tx.client,
        partner_id=bill.partner_id,
        kind=DeliveryKind.RESELLER.value,
        key=key,
        account=await _account(tx, bill.partner_id),
        cycle=bill.cycle,
        first_day=cycle.first_day,
        last_day=cycle.last_day,
        due_at=_due_at(bill, await _zone(tx, bill.partner_id), now),
        status=DeliveryStatus.WAITING_FOR_CONFIRMATION.value,
        bill_id=bill.id,
        is_provisional=False,
        created_at=now,
    )


async def confirm_delivery(tx: Tx, bill: Bill, *, confirmed_at: datetime, now: datetime) -> None:
    """Schedule the file that waits for this bill's confirmation, if one does (R53)."""
    key = reseller_key(public_id(IdPrefix.BILL, bill.id))
    waiting = await Delivery.get_or_none(partner_id=bill.partner_id, key=key, using_db=tx.client)
    if waiting is None:
        return
    due_at = _due_at(bill, await _zone(tx, bill.partner_id), confirmed_at)
    changes = ", version_id = $4, due_at = $5"
    if await move_delivery(tx, waiting, DeliveryVerb.CONFIRM, changes, bill.version_id, due_at):
        await enqueue(tx, deliver_job(waiting.id, due_at), now=now)


def _due_at(bill: Bill, zone: ZoneInfo, confirmed_at: datetime) -> datetime:
    return reseller_files_at(BillingMonth.parse(bill.cycle), zone, confirmed_at=confirmed_at)


async def _zone(tx: Tx, partner_id: int) -> ZoneInfo:
    return billing_zone((await Partner.get(id=partner_id, using_db=tx.client)).time_zone)


async def _account(tx: Tx, partner_id: int) -> str:
    """What the files of customers' bills are named by: the partner's first billing account."""
    accounts = BillingAccount.filter(partner_id=partner_id).using_db(tx.client)
    first = await accounts.order_by("id").first()
    return first.account if first else public_id(IdPrefix.PARTNER, partner_id)
