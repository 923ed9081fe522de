"""Adjusting a bill: at once while it is open, by a line on the next one after that (R20, R30)."""

from dataclasses import dataclass
from datetime import datetime

from models.actions.bills import take_up
from models.actions.changes import about_charge, post_change, record_adjustment
from models.actions.charges import Adjustment, post_adjustment
from models.actions.corrections import correction_chain
from models.actions.cycles import open_cycle
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.actions.postings import Billable
from models.actions.shown import ShownVersion, bill_as_shown
from models.adapters.database import Tx
from models.rules.corrections import (
    LONGEST_DESCRIPTION,
    REVERSIBLE,
    Change,
    require_given_reason,
    require_room,
)
from models.rules.errors import Conflict, ErrorCode, InvalidInput
from models.rules.money import EXACT, Money
from models.rules.payments import money_text
from models.rules.principals import Action, Principal
from models.rules.states import AdjustmentReason, BillStatus, BillVerb, VersionReason, bill_move
from models.rules.texts import require_description
from models.tables.bills import Bill
from models.tables.charges import Charge


@dataclass(frozen=True, slots=True)
class AdjustmentOrder:
    """What a channel manager changes about a bill that was looked at, and why.

    Raises InvalidInput for a reason that only the product itself gives.
    """

    shown: ShownVersion
    change: Change
    reason: AdjustmentReason
    idempotency_key: str

    def __post_init__(self) -> None:
        require_given_reason(self.reason)


async def adjust_bill(
    tx: Tx, principal: Principal, order: AdjustmentOrder, *, now: datetime
) -> int:
    """Adjust a bill as it was shown; the id of the charge that does it.

    On an issued bill it makes a version at once, with late charges that waited; on a confirmed one
    it is a line on the next open bill. The same key with the same order gives the same charge.
    Raises Forbidden, NotFound (or not yours), InvalidInput, and Conflict: STALE_VERSION,
    OPEN_DISPUTE, CURRENCY_MISMATCH, CORRECTION_EXCEEDS_ORIGINAL, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.ADJUST_BILL)
    partner_id = await owner_of(tx, principal, "bill", order.shown.bill_id)
    request = _request(partner_id, order)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return earlier
    bill, version = await bill_as_shown(tx, partner_id, order.shown)
    _require_adjustable(bill)
    why = (order.reason, request.fingerprint)
    charge = await post_change(tx, (bill, version), order.change, why, now=now)
    await _take_up(tx, bill, charge, now=now)
    await record_adjustment(tx, principal, charge, "ADJUST_BILL", now=now)
    await remember(tx, request, charge.id, now=now)
    return int(charge.id)


def _request(partner_id: int, order: AdjustmentOrder) -> Request:
    shown, change = order.shown, order.change
    body = (
        *(shown.bill_id, shown.number, shown.digest or "", order.reason),
        *(money_text(change.amount), change.description),
        *(change.customer_id or "", change.charge_id or ""),
    )
    return keyed_request(partner_id, "adjustBill", order.idempotency_key, *body)


def _require_adjustable(bill: Bill) -> None:
    """Raise Conflict (OPEN_DISPUTE) while the bill is disputed: accepting that is the way."""
    status = BillStatus(bill.status)
    is_frozen = status is BillStatus.CONFIRMED
    bill_move(status, BillVerb.CORRECT if is_frozen else BillVerb.REISSUE)


async def _take_up(tx: Tx, bill: Bill, charge: Charge, *, now: datetime) -> None:
    """Make the version that has the adjustment, unless the bill is confirmed."""
    if bill.status == BillStatus.ISSUED:
        await take_up(tx, bill, VersionReason.ADJUSTMENT, note=charge.description, now=now)


@dataclass(frozen=True, slots=True)
class ReversalOrder:
    """Which adjustment is to be undone, and what is said about it; raises InvalidInput."""

    charge_id: int
    description: str
    idempotency_key: str

    def __post_init__(self) -> None:
        require_description(self.description, LONGEST_DESCRIPTION, "description")


async def reverse_adjustment(
    tx: Tx, principal: Principal, order: ReversalOrder, *, now: datetime
) -> int:
    """Undo an adjustment by its opposite amount, once; the id of the charge that does it.

    It stands where an adjustment of the bill that has the other one would stand, and is meant for
    the same month. The same key with the same order gives the same charge. Raises Forbidden,
    NotFound (or not yours), InvalidInput, and Conflict: ALREADY_REVERSED, OPEN_DISPUTE,
    CORRECTION_EXCEEDS_ORIGINAL (a part was corrected already), IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.ADJUST_BILL)
    partner_id = await owner_of(tx, principal, "charge", order.charge_id)
    body = (order.charge_id, order.description)
    request = keyed_request(partner_id, "reverseAdjustment", order.idempotency_key, *body)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return earlier
    reversal = await _reverse(tx, order, request, now=now)
    await record_adjustment(tx, principal, reversal, "REVERSE_ADJUSTMENT", now=now)
    await remember(tx, request, reversal.id, now=now)
    return int(reversal.id)


async def _reverse(tx: Tx, order: ReversalOrder, request: Request, *, now: datetime) -> Charge:
    charge = await Charge.get(id=order.charge_id, partner_id=request.partner_id, using_db=tx.client)
    await _require_reversible(tx, charge)
    place = {"cycle": charge.cycle, "kind": charge.kind, "currency": charge.currency}
    bill = await Bill.get_or_none(using_db=tx.client, partner_id=charge.partner_id, **place)
    if bill is not None:
        _require_adjustable(bill)
    cycle = await open_cycle(tx, partner_id=charge.partner_id, **place)
    adjustment = Adjustment(
        billable=Billable(cycle, charge.kind, charge.currency),
        origin_cycle=charge.origin_cycle,
        amount=EXACT.minus(charge.amount),
        reason=AdjustmentReason.REVERSAL,
        description=order.description,
        source=(request.fingerprint,),
        about=about_charge(charge),
    )
    reversal = await post_adjustment(tx, charge.partner_id, adjustment, now=now)
    if bill is not None:
        await _take_up(tx, bill, reversal, now=now)
    return reversal


async def _require_reversible(tx: Tx, charge: Charge) -> None:
    path = "chargeId"
    if charge.reason not in REVERSIBLE:
        raise InvalidInput("Only an adjustment by a channel manager is reversed.", path=(path,))
    reversals = Charge.filter(
        partner_id=charge.partner_id,
        corrects_id=charge.id,
        reason=AdjustmentReason.REVERSAL.value,
    )
    if await reversals.using_db(tx.client).exists():
        raise Conflict("This was reversed already.", ErrorCode.ALREADY_REVERSED, path=(path,))
    opposite = Money(EXACT.minus(charge.amount), charge.currency)
    require_room(opposite, await correction_chain(tx, charge), path)
