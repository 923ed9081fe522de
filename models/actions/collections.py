"""Collecting payments through a gateway: asked, told, asked again, and counted once (rule 13).

The gateway is asked by a job, outside of any transaction, and may speak up by itself at any time.
Whatever it says goes through one table of moves (`rules/collections`), under the partner's lock.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from models.actions.audit import Act, record
from models.actions.events import announce
from models.actions.jobs import ClaimedJob, Superseded, complete, enqueue
from models.actions.ledger import Transaction, post
from models.actions.locks import lock_partner
from models.actions.payments import payment_details
from models.actions.reversals import undo_payment
from models.actions.settlements import allocations_of, pay_off, payment_event
from models.adapters.database import Database, Tx
from models.adapters.gateways import Answer, Collection, Gateway
from models.rules.collections import (
    IN_PROGRESS,
    GatewayWord,
    collect_key,
    gateway_key,
    is_out_of_time,
    land,
    next_ask,
    payment_moves,
)
from models.rules.errors import Conflict
from models.rules.ids import IdPrefix, public_id
from models.rules.jobs import JobKind, NewJob
from models.rules.ledger import collection_sides
from models.rules.money import EXACT, Money, amount_text
from models.rules.states import EventType, LedgerEvent, PaymentOutcome
from models.tables.payments import Payment

Clock = Callable[[], datetime]

_NO_GATEWAY = Answer(GatewayWord.NO_ANSWER, failure="No payment gateway is set up here.")
_NOT_BEGUN = Answer(
    GatewayWord.FAILED, failure="The gateway could not be reached for a day; nothing was collected."
)


async def collect_payment(
    db: Database, gateway: Gateway | None, job: ClaimedJob, *, now: Clock
) -> PaymentOutcome:
    """Do a claimed COLLECT_PAYMENT job: ask the gateway, take the answer in, ask again later.

    How the payment stands then. Raises Superseded.
    """
    payment = await Payment.get(id=int(job.arguments["payment_id"]))
    answer = None
    if payment.status in IN_PROGRESS:
        answer = await _ask(db, gateway, payment, now) if gateway else _NO_GATEWAY
    return await db.transact(take_answer, job, answer, now=now())


async def _ask(db: Database, gateway: Gateway, payment: Payment, now: Clock) -> Answer:
    is_late = is_out_of_time(payment.paid_at, now())
    ref = payment.gateway_ref
    if ref is None:
        if is_late:
            # Without a stored name nothing was ever collected.
            return _NOT_BEGUN
        begun = await gateway.begin(_order(payment))
        if begun.gateway_ref is None:
            return begun
        ref = await db.transact(note_begun, payment, begun.gateway_ref)
    return await (gateway.cancel(ref) if is_late else gateway.collect(ref))


def _order(payment: Payment) -> Collection:
    name = public_id(IdPrefix.PAYMENT, payment.id)
    money, means = Money(payment.amount, payment.currency), str(payment.method_ref)
    return Collection(gateway_key(name, payment.paid_at), name, money, means)


async def note_begun(tx: Tx, payment: Payment, gateway_ref: str) -> str:
    """Store the gateway's name of the payment; the one to go on with, which is the first stored.

    Raises Superseded when the payment came to an end meanwhile.
    """
    await tx.execute(
        "UPDATE payments SET gateway_ref = $3 WHERE partner_id = $1 AND id = $2"
        f" AND gateway_ref IS NULL AND status IN ({_IN_PROGRESS})",
        *(payment.partner_id, payment.id, gateway_ref),
    )
    payment = await _again(tx, payment)
    if payment.gateway_ref is None:
        raise Superseded("The payment was called off before the gateway had begun.")
    return str(payment.gateway_ref)


_IN_PROGRESS = ", ".join(f"'{status}'" for status in sorted(IN_PROGRESS))


async def take_answer(
    tx: Tx, job: ClaimedJob, answer: Answer | None, *, now: datetime
) -> PaymentOutcome:
    """Take in what the gateway answered, see to the next asking, finish the job (rule 3).

    Raises Superseded.
    """
    payment = await _locked(tx, int(job.arguments["payment_id"]))
    if answer is not None:
        await tx.execute(
            "UPDATE payments SET attempts = attempts + 1 WHERE partner_id = $1 AND id = $2",
            *(payment.partner_id, payment.id),
        )
        payment.attempts += 1
        await take_in(tx, payment, answer, now=now)
        if payment.status in IN_PROGRESS:
            await _ask_again(tx, payment, now=now)
    await complete(tx, job, now=now)
    return PaymentOutcome(payment.status)


async def _locked(tx: Tx, payment_id: int) -> Payment:
    payment = await Payment.get(id=payment_id, using_db=tx.client)
    await lock_partner(tx, payment.partner_id)
    return await _again(tx, payment)


async def _again(tx: Tx, payment: Payment) -> Payment:
    """The payment as it is by now."""
    mine = {"id": payment.id, "partner_id": payment.partner_id}
    return await Payment.get(**mine, using_db=tx.client)


async def _ask_again(tx: Tx, payment: Payment, *, now: datetime) -> None:
    key = collect_key(payment.id, payment.attempts + 1)
    at = next_ask(payment.attempts, now)
    job = NewJob(JobKind.COLLECT_PAYMENT, key, {"payment_id": payment.id}, at)
    await enqueue(tx, job, now=now)


async def take_in(tx: Tx, payment: Payment, answer: Answer, *, now: datetime) -> None:
    """Move the payment as the gateway's word has it, with all that follows; often nothing.

    Under the lock of the partner. `payment` is as it stands in the database, before and after.
    """
    for status in payment_moves(PaymentOutcome(payment.status), answer.word):
        match status:
            case PaymentOutcome.SUCCEEDED:
                await _settle(tx, payment, now=now)
            case PaymentOutcome.FAILED:
                await _give_up(tx, payment, answer.failure or "", now=now)
            case PaymentOutcome.REVERSED:
                await undo_payment(tx, payment, None, "The gateway took it back.", now=now)
            case _:
                await _move(tx, payment, status, "action_url = $5", answer.action_url)


async def _move(
    tx: Tx, payment: Payment, status: PaymentOutcome, changes: str, *values: object
) -> None:
    changed = await tx.execute(
        f"UPDATE payments SET status = $3, {changes}"
        " WHERE partner_id = $1 AND id = $2 AND status = $4",
        *(payment.partner_id, payment.id, status, payment.status, *values),
    )
    if not changed:
        raise Conflict("The payment has moved on; nothing was changed.")
    payment.status = status.value


async def _settle(tx: Tx, payment: Payment, *, now: datetime) -> None:
    """The money is here: for the bills as far as they have room, for the deposit account else."""
    planned = await allocations_of(tx, payment)
    rooms = await _rooms(tx, payment)
    landing = land([(row.bill_id, row.amount) for row in planned], rooms)
    changes = "settled_at = $5, surplus = $6, failure = NULL, action_url = NULL"
    await _move(tx, payment, PaymentOutcome.SUCCEEDED, changes, now, landing.surplus)
    payment.surplus = landing.surplus
    for bill_id, part in landing.parts:
        await tx.execute(
            "UPDATE allocations SET amount = $4"
            " WHERE partner_id = $1 AND payment_id = $2 AND bill_id = $3",
            *(payment.partner_id, payment.id, bill_id, part),
        )
        await pay_off(tx, payment, bill_id, part, now=now)
    name = public_id(IdPrefix.PAYMENT, payment.id)
    sides = collection_sides(landing.allocated, landing.surplus)
    entry = Transaction(payment.partner_id, payment.currency, LedgerEvent.PAYMENT, name, sides)
    await post(tx, entry, now=now)
    details = payment_details(payment, landing.parts)
    details["surplus"] = amount_text(landing.surplus)
    await record(tx, None, Act("SETTLE_PAYMENT", name, payment.partner_id, details), now=now)


async def _rooms(tx: Tx, payment: Payment) -> dict[int, Decimal]:
    """What is outstanding on the payment's bills."""
    rows = await tx.fetch(
        "SELECT b.id, b.paid, v.amount_due FROM allocations a"
        " JOIN bills b ON b.partner_id = a.partner_id AND b.id = a.bill_id"
        " JOIN bill_versions v ON v.partner_id = b.partner_id AND v.id = b.version_id"
        " WHERE a.partner_id = $1 AND a.payment_id = $2",
        *(payment.partner_id, payment.id),
    )
    return {
        row["id"]: EXACT.subtract(Decimal(row["amount_due"]), Decimal(row["paid"])) for row in rows
    }


async def _give_up(tx: Tx, payment: Payment, failure: str, *, now: datetime) -> None:
    """It will not be collected: its bills are free again."""
    changes = "settled_at = $5, failure = $6, action_url = NULL"
    await _move(tx, payment, PaymentOutcome.FAILED, changes, now, failure)
    name = public_id(IdPrefix.PAYMENT, payment.id)
    act = Act("FAIL_PAYMENT", name, payment.partner_id, {"reason": failure})
    await record(tx, None, act, now=now)
    told = payment_event(payment, EventType.PAYMENT_FAILED, failure=failure)
    await announce(tx, told, now=now)
