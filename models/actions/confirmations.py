"""Confirming a bill: that version is frozen for ever, and owed (R30, R32)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.bookings import book_bill
from models.actions.cycles import move_later_charges
from models.actions.deliveries import bill_confirmed
from models.actions.events import announce, bill_event
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.actions.postings import Billable
from models.actions.shown import ShownVersion, bill_as_shown
from models.adapters.database import Tx
from models.rules.errors import Conflict, ErrorCode
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.states import BillStatus, BillVerb, EventType, bill_move
from models.tables.bills import Bill, BillVersion


async def confirm_bill(tx: Tx, principal: Principal, shown: ShownVersion, *, now: datetime) -> None:
    """Confirm the bill as it was shown; once confirmed so, the same call changes nothing.

    Charges that came after this version go on to the next open bill. Raises Forbidden, NotFound (or
    not yours), Conflict: STALE_VERSION with what is current, OPEN_DISPUTE.
    """
    principal.require(Action.CONFIRM_BILL)
    partner_id = await owner_of(tx, principal, "bill", shown.bill_id)
    await lock_partner(tx, partner_id)
    bill, version = await bill_as_shown(tx, partner_id, shown)
    status = BillStatus(bill.status)
    if status is BillStatus.CONFIRMED:
        return
    if status is BillStatus.DISPUTED:
        raise Conflict(
            "The bill is disputed; it can be confirmed when that is settled or withdrawn.",
            ErrorCode.OPEN_DISPUTE,
            path=("billId",),
        )
    await _confirm(tx, principal, bill, version, now=now)


async def _confirm(
    tx: Tx, principal: Principal, bill: Bill, version: BillVersion, *, now: datetime
) -> None:
    changed = await tx.execute(
        "UPDATE bills SET status = $3, confirmed_at = $4, confirmed_by = $5"
        " WHERE partner_id = $1 AND id = $2 AND status = $6 AND version = $7",
        *(bill.partner_id, bill.id, bill_move(BillStatus(bill.status), BillVerb.CONFIRM)),
        *(now, principal.subject, bill.status, version.number),
    )
    if not changed:
        raise Conflict("The bill has moved on; nothing was confirmed.")
    billable = Billable(bill.cycle, bill.kind, bill.currency)
    through = version.through_posting
    moved_to = await move_later_charges(tx, bill.partner_id, billable, through_posting=through)
    await book_bill(tx, bill, version, now=now)
    await bill_confirmed(tx, bill, confirmed_at=now)
    details = {"version": version.number, "digest": version.digest, "later_charges": moved_to}
    act = Act("CONFIRM_BILL", public_id(IdPrefix.BILL, bill.id), bill.partner_id, details)
    await record(tx, principal, act, now=now)
    await announce(tx, bill_event(EventType.BILL_CONFIRMED, bill, version), now=now)
