"""Paying bills from the deposit account or through a gateway (R12, R30, R59, rule 13)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.actions.audit import Act, record
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.jobs import enqueue
from models.actions.ledger import Transaction, deposit_balance, post
from models.actions.locks import lock_partner
from models.actions.settlements import pay_off
from models.adapters.currencies import minor_digits
from models.adapters.database import Tx
from models.reads.payables import payables
from models.rules.collections import collect_key
from models.rules.errors import Conflict, ErrorCode, Forbidden
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import JobKind, NewJob
from models.rules.ledger import payment_sides
from models.rules.money import Money, amount_text
from models.rules.payments import (
    AMOUNT,
    METHOD,
    PaymentOrder,
    Shares,
    money_text,
    require_means,
    share_out,
)
from models.rules.principals import Action, Principal
from models.rules.states import LedgerEvent, PaymentMethod, PaymentOutcome
from models.rules.stripe_amounts import stripe_units
from models.tables.payments import Allocation, Payment


async def pay_bills(
    tx: Tx, principal: Principal, order: PaymentOrder, *, now: datetime, has_gateway: bool = False
) -> int:
    """Pay bills of the principal's partner; the id of the payment.

    From the deposit account at once. Through a gateway the payment is only written down, its bills
    reserved, and a job asks the gateway. The same key with the same order gives the same payment
    again, and pays nothing. Raises Forbidden, InvalidInput, what `share_out` raises, and Conflict:
    INSUFFICIENT_FUNDS, PAYMENT_METHOD_UNAVAILABLE, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.PAY_BILLS)
    partner_id = principal.partner_id
    if partner_id is None:
        raise Forbidden("Only a partner pays its bills.")
    request = _request(partner_id, order)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return earlier
    if order.means is not None:
        _require_gateway(has_gateway=has_gateway)
    shares = share_out(order, await payables(tx, partner_id), minor_digits)
    if order.means is None:
        await _require_funds(tx, partner_id, shares.whole)
        payment = await _pay(tx, principal, shares, now=now)
    else:
        payment = await _order_collection(tx, principal, shares, order.means, now=now)
    await remember(tx, request, payment.id, now=now)
    return int(payment.id)


def _request(partner_id: int, order: PaymentOrder) -> Request:
    amount, ids = order.amount, order.bill_ids
    body = [
        "all" if ids is None else sorted(set(ids)),
        "all" if amount is None else money_text(amount),
    ]
    if order.means is not None:
        body.append(require_means(order.means))
    return keyed_request(partner_id, "payBills", order.idempotency_key, *body)


def _require_gateway(*, has_gateway: bool) -> None:
    if not has_gateway:
        raise Conflict(
            "No payment gateway is set up here; leave the means of payment out to pay from the"
            " deposit account.",
            ErrorCode.PAYMENT_METHOD_UNAVAILABLE,
            path=METHOD,
        )


async def _require_funds(tx: Tx, partner_id: int, whole: Money) -> None:
    balance = Money(await deposit_balance(tx, partner_id, whole.currency), whole.currency)
    if balance < whole:
        raise Conflict(
            f"The deposit account holds {money_text(balance)}; {money_text(whole)} is needed.",
            ErrorCode.INSUFFICIENT_FUNDS,
            path=AMOUNT,
        )


async def _pay(tx: Tx, principal: Principal, shares: Shares, *, now: datetime) -> Payment:
    """From the deposit account."""
    payment = await _write(
        tx, principal, shares, now=now, status=PaymentOutcome.SUCCEEDED.value, settled_at=now
    )
    for bill_id, part in shares.parts:
        await pay_off(tx, payment, bill_id, part, now=now)
    name, sides = public_id(IdPrefix.PAYMENT, payment.id), payment_sides(payment.amount)
    entry = Transaction(payment.partner_id, payment.currency, LedgerEvent.PAYMENT, name, sides)
    await post(tx, entry, now=now)
    return payment


async def _order_collection(
    tx: Tx, principal: Principal, shares: Shares, means: str, *, now: datetime
) -> Payment:
    """Through the gateway: the intent first, the asking later and elsewhere."""
    whole = shares.whole
    stripe_units(whole, minor_digits(whole.currency))
    payment = await _write(
        tx,
        principal,
        shares,
        now=now,
        status=PaymentOutcome.PENDING.value,
        method=PaymentMethod.STRIPE.value,
        method_ref=means,
    )
    key, arguments = collect_key(payment.id, 1), {"payment_id": payment.id}
    await enqueue(tx, NewJob(JobKind.COLLECT_PAYMENT, key, arguments, now), now=now)
    return payment


async def _write(
    tx: Tx, principal: Principal, shares: Shares, *, now: datetime, **values: Any
) -> Payment:
    payment = await Payment.create(
        using_db=tx.client,
        partner_id=principal.partner_id,
        currency=shares.whole.currency,
        amount=shares.whole.amount,
        paid_at=now,
        paid_by=principal.subject,
        **values,
    )
    for bill_id, part in shares.parts:
        await Allocation.create(
            using_db=tx.client,
            partner_id=payment.partner_id,
            payment_id=payment.id,
            bill_id=bill_id,
            amount=part,
        )
    details = {"method": payment.method, **payment_details(payment, shares.parts)}
    name = public_id(IdPrefix.PAYMENT, payment.id)
    await record(tx, principal, Act("PAY_BILLS", name, payment.partner_id, details), now=now)
    return payment


def payment_details(payment: Payment, parts: Iterable[tuple[int, Decimal]]) -> dict[str, Any]:
    """A payment's money and where it goes, for the audit trail."""
    return {
        "amount": amount_text(payment.amount),
        "currency": payment.currency,
        "bills": {public_id(IdPrefix.BILL, bill): amount_text(part) for bill, part in parts},
    }
