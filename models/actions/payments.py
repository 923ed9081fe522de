"""Paying bills from the deposit account (R12, R30, R59)."""

from datetime import datetime
from decimal import Decimal

from models.actions.audit import Act, record
from models.actions.bookings import book_bill
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.ledger import Transaction, deposit_balance, post
from models.actions.locks import lock_partner
from models.adapters.currencies import minor_digits
from models.adapters.database import Tx
from models.reads.payables import payables
from models.rules.errors import Conflict, ErrorCode, Forbidden
from models.rules.ids import IdPrefix, public_id
from models.rules.ledger import payment_sides
from models.rules.money import EXACT, Money, amount_text
from models.rules.payments import AMOUNT, PaymentOrder, Shares, money_text, share_out
from models.rules.principals import Action, Principal
from models.rules.states import LedgerEvent, PaymentOutcome
from models.tables.bills import Bill, BillVersion
from models.tables.payments import Allocation, Payment


async def pay_bills(tx: Tx, principal: Principal, order: PaymentOrder, *, now: datetime) -> int:
    """Pay from the deposit account of the principal's partner; the id of the payment.

    The same key with the same order gives the same payment again, and pays nothing. Raises
    Forbidden, InvalidInput, what `share_out` raises, and Conflict: INSUFFICIENT_FUNDS,
    IDEMPOTENCY_CONFLICT.
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
    shares = share_out(order, await payables(tx, partner_id), minor_digits)
    await _require_funds(tx, partner_id, shares.whole)
    payment = await _pay(tx, principal, shares, now=now)
    await remember(tx, request, payment.id, now=now)
    return int(payment.id)


def _request(partner_id: int, order: PaymentOrder) -> Request:
    amount, ids = order.amount, order.bill_ids
    body = (
        "all" if ids is None else sorted(set(ids)),
        "all" if amount is None else money_text(amount),
    )
    return keyed_request(partner_id, "payBills", order.idempotency_key, *body)


async def _require_funds(tx: Tx, partner_id: int, whole: Money) -> None:
    balance = Money(await deposit_balance(tx, partner_id, whole.currency), whole.currency)
    if balance < whole:
        raise Conflict(
            f"The deposit account holds {money_text(balance)}; {money_text(whole)} is needed.",
            ErrorCode.INSUFFICIENT_FUNDS,
            path=AMOUNT,
        )


async def _pay(tx: Tx, principal: Principal, shares: Shares, *, now: datetime) -> Payment:
    amount, currency = shares.whole.amount, shares.whole.currency
    payment = await Payment.create(
        using_db=tx.client,
        partner_id=principal.partner_id,
        currency=currency,
        amount=amount,
        status=PaymentOutcome.SUCCEEDED.value,
        paid_at=now,
        paid_by=principal.subject,
    )
    for bill_id, part in shares.parts:
        await _allocate(tx, payment, bill_id, part, now=now)
    name = public_id(IdPrefix.PAYMENT, payment.id)
    sides = payment_sides(amount)
    entry = Transaction(payment.partner_id, currency, LedgerEvent.PAYMENT, name, sides)
    await post(tx, entry, now=now)
    details = {
        "amount": amount_text(amount),
        "currency": currency,
        "bills": {public_id(IdPrefix.BILL, bill): amount_text(part) for bill, part in shares.parts},
    }
    act = Act("PAY_BILLS", name, payment.partner_id, details)
    await record(tx, principal, act, now=now)
    return payment


async def _allocate(
    tx: Tx, payment: Payment, bill_id: int, part: Decimal, *, now: datetime
) -> None:
    bill = await Bill.get(id=bill_id, using_db=tx.client)
    version = await BillVersion.get(id=bill.version_id, using_db=tx.client)
    # Already booked, unless the partner's setting was changed after the bill was issued.
    await book_bill(tx, bill, version, now=now)
    await Allocation.create(using_db=tx.client, payment_id=payment.id, bill_id=bill_id, amount=part)
    paid = EXACT.add(bill.paid, part)
    changed = await tx.execute(
        "UPDATE bills SET paid = $2 WHERE id = $1 AND paid = $3 AND version = $4",
        *(bill_id, paid, bill.paid, bill.version),
    )
    if not changed:
        raise Conflict("The bill has moved on; nothing was paid.")
