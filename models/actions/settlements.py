"""What a payment does to its bills when its money is here, and when it is gone again (I6)."""

from datetime import datetime
from decimal import Decimal

from models.actions.events import Happening, announce, bill_event
from models.adapters.database import Tx
from models.rules.errors import Conflict
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, amount_text
from models.rules.states import EventType
from models.tables.bills import Bill, BillVersion
from models.tables.payments import Allocation, Payment


async def pay_off(tx: Tx, payment: Payment, bill_id: int, part: Decimal, *, now: datetime) -> None:
    """Count `part` of the payment on a bill, and tell whether that is fully paid now.

    Raises Conflict when the bill has moved on, which the partner's lock excludes.
    """
    mine = {"partner_id": payment.partner_id}
    bill = await Bill.get(id=bill_id, **mine, using_db=tx.client)
    version = await BillVersion.get(id=bill.version_id, **mine, using_db=tx.client)
    paid = EXACT.add(bill.paid, part)
    await _set_paid(tx, bill, paid)
    if part:
        is_whole = paid == version.amount_due
        told = EventType.BILL_PAID if is_whole else EventType.BILL_PARTIALLY_PAID
        await announce(tx, _paid(told, bill, version, payment), now=now)


async def take_off(tx: Tx, part: Allocation) -> None:
    """Count a part of a payment on its bill no more: its outstanding amount grows back."""
    bill = await Bill.get(id=part.bill_id, partner_id=part.partner_id, using_db=tx.client)
    await _set_paid(tx, bill, EXACT.subtract(bill.paid, part.amount))


async def allocations_of(tx: Tx, payment: Payment) -> list[Allocation]:
    """The parts of a payment, in the order in which they were meant."""
    mine = {"partner_id": payment.partner_id, "payment_id": payment.id}
    return list(await Allocation.filter(**mine).using_db(tx.client).order_by("id"))


async def _set_paid(tx: Tx, bill: Bill, paid: Decimal) -> None:
    changed = await tx.execute(
        "UPDATE bills SET paid = $3"
        " WHERE partner_id = $1 AND id = $2 AND paid = $4 AND version = $5",
        *(bill.partner_id, bill.id, paid, bill.paid, bill.version),
    )
    if not changed:
        raise Conflict("The bill has moved on; nothing was paid.")


def _paid(event_type: EventType, bill: Bill, version: BillVersion, payment: Payment) -> Happening:
    told = bill_event(event_type, bill, version)
    told.payload["paymentId"] = public_id(IdPrefix.PAYMENT, payment.id)
    return told


def payment_event(payment: Payment, event_type: EventType, **more: str | None) -> Happening:
    """What partners are told of a payment itself."""
    name = public_id(IdPrefix.PAYMENT, payment.id)
    partner = public_id(IdPrefix.PARTNER, payment.partner_id)
    money = {"amount": amount_text(payment.amount), "currency": payment.currency}
    payload = {"paymentId": name, "partnerId": partner, "method": payment.method, **money, **more}
    return Happening(payment.partner_id, event_type, name, payload)
