"""What a gateway tells unasked: in any order, late, repeatedly, and counted once (rule 13)."""

from datetime import datetime

import structlog

from models.actions.audit import Act, record
from models.actions.collections import take_in
from models.actions.locks import lock_partner
from models.adapters.currencies import minor_digits
from models.adapters.database import Tx
from models.adapters.gateways import Message
from models.rules.ids import IdPrefix, public_id
from models.rules.money import Money
from models.rules.states import PaymentMethod
from models.rules.stripe_amounts import stripe_units
from models.tables.payments import Payment

log = structlog.get_logger()


async def take_message(tx: Tx, message: Message, *, now: datetime) -> None:
    """Take in one message about a payment; one of no payment of ours changes nothing.

    The name that the gateway gave the payment is stored before any money moves, so whatever counts
    finds its payment.
    """
    method = PaymentMethod.STRIPE.value
    found = await Payment.get_or_none(
        using_db=tx.client, method=method, gateway_ref=message.answer.gateway_ref
    )
    if found is None:
        log.info("gateway_message_is_not_ours", type=message.event_type)
        return
    await lock_partner(tx, found.partner_id)
    if not await _is_new(tx, message, found.id, now=now):
        return
    payment = await Payment.get(id=found.id, using_db=tx.client)
    if _is_partial(payment, message):
        await _note_partial(tx, payment, message, now=now)
    else:
        await take_in(tx, payment, message.answer, now=now)


async def _is_new(tx: Tx, message: Message, payment_id: int, *, now: datetime) -> bool:
    rows = await tx.fetch(
        "INSERT INTO gateway_events (gateway, event_ref, event_type, payment_id, received_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (gateway, event_ref) DO NOTHING RETURNING id",
        *(PaymentMethod.STRIPE, message.event_ref, message.event_type, payment_id, now),
    )
    return bool(rows)


def _is_partial(payment: Payment, message: Message) -> bool:
    money = Money(payment.amount, payment.currency)
    whole = stripe_units(money, minor_digits(money.currency))
    return message.returned is not None and message.returned < whole


async def _note_partial(tx: Tx, payment: Payment, message: Message, *, now: datetime) -> None:
    """A part of a payment cannot be reversed: people must look at it."""
    name = public_id(IdPrefix.PAYMENT, payment.id)
    log.warning("gateway_gave_a_part_back", payment=name)
    details = {"event": message.event_type, "units": message.returned}
    await record(tx, None, Act("PARTIAL_REFUND", name, payment.partner_id, details), now=now)
