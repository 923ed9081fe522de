"""Confirming a bill: that version is frozen for ever, and owed (R30, R32)."""

from dataclasses import dataclass
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.bookings import book_bill
from models.actions.cycles import move_later_charges
from models.actions.locks import lock_partner
from models.actions.postings import Billable
from models.adapters.database import Tx
from models.reads.scope import partner_scope
from models.rules.errors import Conflict, ErrorCode, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.money import Money
from models.rules.payments import money_text
from models.rules.principals import Action, Principal
from models.rules.states import BillStatus, BillVerb, bill_move
from models.tables.bills import Bill, BillVersion


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """The version of a bill that somebody looked at, by number and digest."""

    bill_id: int
    number: int
    digest: str


async def confirm_bill(tx: Tx, principal: Principal, shown: ShownVersion, *, now: datetime) -> None:
    """Confirm the bill as it was shown; once confirmed so, the same call changes nothing.

    Charges that came after this version go on to the next open bill. Raises Forbidden, NotFound (or
    not yours), Conflict: STALE_VERSION with what is current, OPEN_DISPUTE.
    """
    principal.require(Action.CONFIRM_BILL)
    await lock_partner(tx, await _owner(tx, principal, shown.bill_id))
    bill = await Bill.get(id=shown.bill_id, using_db=tx.client)
    version = await BillVersion.get(id=bill.version_id, using_db=tx.client)
    if (shown.number, shown.digest) != (version.number, version.digest):
        raise await _stale(tx, shown, version)
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


async def _owner(tx: Tx, principal: Principal, bill_id: int) -> int:
    scope = partner_scope(principal, "partner_id", 2)
    row = await tx.fetch_one(
        f"SELECT partner_id FROM bills WHERE id = $1 AND {scope.condition}", bill_id, *scope.values
    )
    if row is None:
        raise NotFound("There is no such bill.", path=("billId",))
    return int(row["partner_id"])


async def _stale(tx: Tx, shown: ShownVersion, current: BillVersion) -> Conflict:
    """The refusal of a version that is not the current one, with what has changed since."""
    seen = await BillVersion.get_or_none(
        using_db=tx.client, bill_id=shown.bill_id, number=shown.number
    )
    is_known = seen is not None and seen.digest == shown.digest
    change = (
        f" Its bill amount is {_amount(current)}; on version {seen.number} it was {_amount(seen)}."
        if seen is not None and is_known
        else " What was sent is not a version of this bill."
    )
    return Conflict(
        f"Version {current.number}, digest {current.digest}, is the current one.{change}"
        " Look at it before you confirm it.",
        ErrorCode.STALE_VERSION,
        path=("version",) if is_known or seen is None else ("digest",),
    )


def _amount(version: BillVersion) -> str:
    return money_text(Money(version.bill_amount, version.currency))


async def _confirm(
    tx: Tx, principal: Principal, bill: Bill, version: BillVersion, *, now: datetime
) -> None:
    changed = await tx.execute(
        "UPDATE bills SET status = $2, confirmed_at = $3, confirmed_by = $4"
        " WHERE id = $1 AND status = $5 AND version = $6",
        *(bill.id, bill_move(BillStatus(bill.status), BillVerb.CONFIRM), now, principal.subject),
        *(bill.status, version.number),
    )
    if not changed:
        raise Conflict("The bill has moved on; nothing was confirmed.")
    billable = Billable(bill.cycle, bill.kind, bill.currency)
    through = version.through_posting
    moved_to = await move_later_charges(tx, bill.partner_id, billable, through_posting=through)
    await book_bill(tx, bill, version, now=now)
    details = {"version": version.number, "digest": version.digest, "later_charges": moved_to}
    act = Act("CONFIRM_BILL", public_id(IdPrefix.BILL, bill.id), bill.partner_id, details)
    await record(tx, principal, act, now=now)
