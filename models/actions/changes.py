"""Putting a change on a bill: the line that does it, and what it is about (R20, I17)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.charges import About, Adjustment, post_adjustment
from models.actions.corrections import correction_chain, original_ref_of
from models.actions.cycles import open_cycle
from models.actions.postings import Billable
from models.adapters.database import Tx
from models.rules.attribution import kind_of
from models.rules.corrections import Change, require_room
from models.rules.errors import Conflict, ErrorCode, InvalidInput, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.money import amount_text
from models.rules.principals import Principal
from models.rules.registration import Association
from models.rules.states import AdjustmentReason
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.customers import Customer


async def post_change(
    tx: Tx,
    on: tuple[Bill, BillVersion],
    change: Change,
    why: tuple[AdjustmentReason, str],
    *,
    now: datetime,
) -> Charge:
    """Put a change of a bill on the first bill from its own on that is not confirmed.

    `why` holds the reason and what makes the charge unique. Raises NotFound, InvalidInput, and
    Conflict: CURRENCY_MISMATCH, CORRECTION_EXCEEDS_ORIGINAL.
    """
    bill, _ = on
    if change.amount.currency != bill.currency:
        raise Conflict(
            f"The bill is in {bill.currency}, not in {change.amount.currency}.",
            ErrorCode.CURRENCY_MISMATCH,
            path=change.at("amount"),
        )
    reason, source = why
    adjustment = Adjustment(
        billable=await _open_billable(tx, bill),
        origin_cycle=bill.cycle,
        amount=change.amount.amount,
        reason=reason,
        description=change.description,
        source=(source,),
        about=await _about(tx, on, change),
    )
    return await post_adjustment(tx, bill.partner_id, adjustment, now=now)


async def _open_billable(tx: Tx, bill: Bill) -> Billable:
    cycle = await open_cycle(
        tx,
        partner_id=bill.partner_id,
        cycle=bill.cycle,
        kind=bill.kind,
        currency=bill.currency,
    )
    return Billable(cycle, bill.kind, bill.currency)


async def _about(tx: Tx, on: tuple[Bill, BillVersion], change: Change) -> About:
    if change.charge_id is None:
        return await _about_customer(tx, on[0], change)
    charge = await _charge_on(tx, on, change)
    if change.customer_id not in {None, charge.customer_id}:
        raise InvalidInput(
            "The charge is not this customer's; name the charge alone.",
            path=change.at("customerId"),
        )
    chain = await correction_chain(tx, charge)
    require_room(change.amount, chain, *change.at("amount"))
    return about_charge(charge)


def about_charge(charge: Charge) -> About:
    """What corrects a charge stands where the charge stands."""
    return About(
        customer_id=charge.customer_id,
        account=charge.account,
        product=charge.product,
        market=charge.market,
        region=charge.region,
        resource=charge.resource,
        original_ref=original_ref_of(charge),
        corrects=charge,
    )


async def _about_customer(tx: Tx, bill: Bill, change: Change) -> About:
    if change.customer_id is None:
        return About()
    customer = await Customer.get_or_none(
        id=change.customer_id, partner_id=bill.partner_id, using_db=tx.client
    )
    if customer is None:
        raise NotFound("There is no such customer.", path=change.at("customerId"))
    if kind_of(Association(customer.association), is_own=False) != bill.kind:
        raise InvalidInput("This customer is on no such bill.", path=change.at("customerId"))
    return About(customer_id=customer.id, account=customer.account)


async def _charge_on(tx: Tx, on: tuple[Bill, BillVersion], change: Change) -> Charge:
    bill, version = on
    charge = await Charge.get_or_none(
        using_db=tx.client,
        id=change.charge_id,
        partner_id=bill.partner_id,
        cycle=bill.cycle,
        kind=bill.kind,
        currency=bill.currency,
        posting__lte=version.through_posting,
    )
    if charge is None:
        raise NotFound("There is no such charge on this bill.", path=change.at("chargeId"))
    return charge


async def record_adjustment(
    tx: Tx, principal: Principal, posted: Charge, action: str, *, now: datetime
) -> None:
    """Write the audit row of a charge of our own making; its description stays in the charge."""
    charge = await Charge.get(id=posted.id, partner_id=posted.partner_id, using_db=tx.client)
    corrects = charge.corrects_id
    details = {
        "amount": amount_text(charge.amount),
        "currency": charge.currency,
        "reason": charge.reason,
        "cycle": charge.cycle,
        "origin_cycle": charge.origin_cycle,
        "corrects": public_id(IdPrefix.CHARGE, corrects) if corrects else None,
    }
    act = Act(action, public_id(IdPrefix.CHARGE, charge.id), charge.partner_id, details)
    await record(tx, principal, act, now=now)
