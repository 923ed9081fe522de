"""Taking payments back: once, with every entry kept and its opposite beside it (R12, R14, I6)."""

from dataclasses import dataclass, replace
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.customers import without_names
from models.actions.events import announce
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.jobs import ClaimedJob, complete, enqueue
from models.actions.ledger import Transaction, deposit_balance, post
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.actions.settlements import allocations_of, payment_event, take_off
from models.adapters.database import Database, Tx
from models.adapters.gateways import Gateway
from models.rules.collections import GatewayWord, gateway_key, refund_key
from models.rules.errors import Conflict, ErrorCode, InvalidInput, Unavailable
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import JobKind, NewJob
from models.rules.ledger import Sides, collection_sides, payment_sides, undone
from models.rules.money import EXACT, Money, amount_text
from models.rules.payments import money_text
from models.rules.principals import Action, Principal
from models.rules.states import EventType, LedgerEvent, PaymentMethod, PaymentOutcome
from models.tables.payments import Payment

REASON_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class ReversalOrder:
    """A payment to take back, and why."""

    payment_id: int
    reason: str
    idempotency_key: str


async def reverse_payment(
    db: Database, principal: Principal, order: ReversalOrder, *, now: datetime
) -> None:
    """Take a payment back: its bills are owed again, its money goes back to where it came from.

    A job has the gateway refund what it collected. The same key with the same order changes nothing
    more. Raises Forbidden, NotFound, InvalidInput, Conflict: ALREADY_REVERSED, INSUFFICIENT_FUNDS
    where a surplus of it was spent, INVALID_STATE unless it succeeded, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.REVERSE_PAYMENT)
    reason = _reason(order.reason)
    partner_id = await owner_of(db, principal, "payment", order.payment_id)
    body = (order.payment_id, reason)
    request = keyed_request(partner_id, "reversePayment", order.idempotency_key, *body)
    told = await without_names(db, partner_id, reason)
    await db.transact(_reverse, principal, replace(order, reason=told), request, now=now)


async def _reverse(
    tx: Tx, principal: Principal, order: ReversalOrder, request: Request, *, now: datetime
) -> None:
    partner_id = request.partner_id
    await lock_partner(tx, partner_id)
    if await earlier_result(tx, request) is not None:
        return
    payment = await Payment.get(id=order.payment_id, partner_id=partner_id, using_db=tx.client)
    _require_reversible(payment)
    await _require_surplus(tx, payment)
    await undo_payment(tx, payment, principal, order.reason, now=now)
    if payment.method != PaymentMethod.DEPOSIT:
        job = NewJob(
            JobKind.REFUND_PAYMENT, refund_key(payment.id), {"payment_id": payment.id}, now
        )
        await enqueue(tx, job, now=now)
    await remember(tx, request, payment.id, now=now)


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > REASON_CHARACTERS or not reason.isprintable():
        raise InvalidInput(
            f"A reason has 1 to {REASON_CHARACTERS} printable characters.", path=("reason",)
        )
    return reason


def _require_reversible(payment: Payment) -> None:
    if payment.status == PaymentOutcome.REVERSED:
        raise Conflict(
            "The payment is reversed already.", ErrorCode.ALREADY_REVERSED, path=("paymentId",)
        )
    if payment.status != PaymentOutcome.SUCCEEDED:
        raise Conflict(
            f"Only a payment that succeeded can be reversed; this one is {payment.status}.",
            path=("paymentId",),
        )


async def _require_surplus(tx: Tx, payment: Payment) -> None:
    """What the payment put on the deposit account must still be there."""
    balance = await deposit_balance(tx, payment.partner_id, payment.currency)
    if payment.surplus and balance < payment.surplus:
        held, needed = (
            money_text(Money(amount, payment.currency)) for amount in (balance, payment.surplus)
        )
        raise Conflict(
            f"{needed} of it went to the deposit account, which holds {held} by now.",
            ErrorCode.INSUFFICIENT_FUNDS,
            path=("paymentId",),
        )


async def undo_payment(
    tx: Tx, payment: Payment, who: Principal | None, reason: str, *, now: datetime
) -> None:
    """Book a payment that succeeded back, by whomever; nothing is deleted.

    Under the lock of the partner. Where the gateway took money back whose surplus was spent, the
    deposit account ends below 0: that is owed.
    """
    changed = await tx.execute(
        "UPDATE payments SET status = $3, reversed_at = $5"
        " WHERE partner_id = $1 AND id = $2 AND status = $4",
        *(payment.partner_id, payment.id, PaymentOutcome.REVERSED, PaymentOutcome.SUCCEEDED, now),
    )
    if not changed:
        raise Conflict("The payment has moved on; nothing was reversed.")
    payment.status = PaymentOutcome.REVERSED.value
    for part in await allocations_of(tx, payment):
        await take_off(tx, part)
    name, sides = public_id(IdPrefix.PAYMENT, payment.id), undone(_sides(payment))
    ref, event = f"{name}/reversal", LedgerEvent.REVERSAL
    await post(tx, Transaction(payment.partner_id, payment.currency, event, ref, sides), now=now)
    details = {"reason": reason, "amount": amount_text(payment.amount)}
    act = Act("REVERSE_PAYMENT", name, payment.partner_id, details | {"method": payment.method})
    await record(tx, who, act, now=now)
    await announce(tx, payment_event(payment, EventType.PAYMENT_REVERSED), now=now)


def _sides(payment: Payment) -> Sides:
    """What the payment put into the ledger."""
    if payment.method == PaymentMethod.DEPOSIT:
        return payment_sides(payment.amount)
    return collection_sides(EXACT.subtract(payment.amount, payment.surplus), payment.surplus)


async def refund_payment(
    db: Database, gateway: Gateway | None, job: ClaimedJob, *, now: datetime
) -> None:
    """Do a claimed REFUND_PAYMENT job: have the gateway send a reversed payment back.

    Safe to repeat: a gateway refunds all of a payment once. Raises Unavailable, until an operator
    sees to it, and Superseded.
    """
    payment = await Payment.get(id=int(job.arguments["payment_id"]))
    if gateway is None:
        raise Unavailable("No payment gateway is set up here; nothing was sent back.")
    key = gateway_key(public_id(IdPrefix.PAYMENT, payment.id), payment.paid_at)
    answer = await gateway.refund(str(payment.gateway_ref), f"{key}-refund")
    if answer.word is not GatewayWord.SUCCEEDED:
        raise Unavailable(answer.failure or "The gateway sent nothing back.")
    await db.transact(complete, job, now=now)
