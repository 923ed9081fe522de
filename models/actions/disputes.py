"""Questions about a bill: opened by the partner, talked over, withdrawn (R31).

What people write to each other stays in the thread: never in a log, an audit row or an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.events import Happening, announce
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.actions.shown import ShownVersion, bill_as_shown
from models.adapters.database import Tx
from models.rules.disputes import ENDINGS, require_charges, require_dispute_message
from models.rules.errors import Conflict, ErrorCode, Forbidden, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.states import BillStatus, BillVerb, DisputeStatus, EventType, bill_move
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.disputes import Dispute, DisputeLine, DisputeMessage


@dataclass(frozen=True, slots=True)
class DisputeOrder:
    """What a partner questions: a bill as it was shown, or (`charge_ids`) single lines of it.

    Raises InvalidInput for a message that cannot be meant.
    """

    shown: ShownVersion
    message: str
    charge_ids: Sequence[int] | None
    idempotency_key: str

    def __post_init__(self) -> None:
        require_dispute_message(self.message, "message")


async def open_dispute(tx: Tx, principal: Principal, order: DisputeOrder, *, now: datetime) -> int:
    """Question a bill, which waits for the channel manager from then on; the dispute's id.

    The same key with the same order gives the same dispute. Raises Forbidden, NotFound (or not
    yours, or no charge of this version), InvalidInput, and Conflict: STALE_VERSION, OPEN_DISPUTE,
    BILL_CONFIRMED, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.DISPUTE_BILL)
    charge_ids = require_charges(order.charge_ids)
    partner_id = await owner_of(tx, principal, "bill", order.shown.bill_id)
    request = _request(partner_id, order, charge_ids)
    await lock_partner(tx, partner_id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return earlier
    bill, version = await bill_as_shown(tx, partner_id, order.shown)
    await _require_on(tx, version, bill, charge_ids)
    await move_bill(tx, bill, BillVerb.DISPUTE)
    dispute = await _open(tx, principal, bill, charge_ids, now=now)
    await say(tx, principal, dispute, order.message, now=now)
    await record_step(tx, principal, dispute, "OPEN_DISPUTE", now=now)
    await announce_step(tx, dispute, EventType.BILL_DISPUTED, now=now)
    await remember(tx, request, dispute.id, now=now)
    return int(dispute.id)


def _request(partner_id: int, order: DisputeOrder, charge_ids: Sequence[int]) -> Request:
    shown = order.shown
    body = (shown.bill_id, shown.number, shown.digest or "", order.message, charge_ids)
    return keyed_request(partner_id, "openDispute", order.idempotency_key, *body)


async def _require_on(tx: Tx, version: BillVersion, bill: Bill, charge_ids: Sequence[int]) -> None:
    on_version = Charge.filter(
        id__in=charge_ids,
        partner_id=bill.partner_id,
        cycle=bill.cycle,
        kind=bill.kind,
        currency=bill.currency,
        posting__lte=version.through_posting,
    )
    if charge_ids and await on_version.using_db(tx.client).count() < len(charge_ids):
        raise NotFound("There is no such charge on this bill.", path=("chargeIds",))


async def _open(
    tx: Tx, principal: Principal, bill: Bill, charge_ids: Sequence[int], *, now: datetime
) -> Dispute:
    dispute: Dispute = await Dispute.create(
        using_db=tx.client,
        partner_id=bill.partner_id,
        bill_id=bill.id,
        version=bill.version,
        status=DisputeStatus.OPEN.value,
        opened_by=principal.subject,
        opened_at=now,
    )
    of_dispute = {"dispute_id": dispute.id, "partner_id": bill.partner_id}
    lines = [DisputeLine(**of_dispute, charge_id=charge_id) for charge_id in charge_ids]
    await DisputeLine.bulk_create(lines, using_db=tx.client)
    return dispute


async def reply_to_dispute(
    tx: Tx, principal: Principal, dispute_id: int, message: str, *, now: datetime
) -> None:
    """Say something about an open dispute, as the partner or as its channel manager.

    Raises Forbidden, NotFound (or not yours), InvalidInput, Conflict (NO_OPEN_DISPUTE).
    """
    if not (principal.may(Action.DISPUTE_BILL) or principal.may(Action.RESOLVE_DISPUTE)):
        raise Forbidden(f"The role {principal.role} may not reply to a dispute.")
    require_dispute_message(message, "message")
    partner_id = await owner_of(tx, principal, "dispute", dispute_id)
    await lock_partner(tx, partner_id)
    dispute = await open_one(tx, partner_id, dispute_id)
    await say(tx, principal, dispute, message, now=now)
    await record_step(tx, principal, dispute, "REPLY_TO_DISPUTE", now=now)
    told = EventType.DISPUTE_ANSWERED if principal.is_vendor else EventType.DISPUTE_REPLIED
    await announce_step(tx, dispute, told, now=now)


async def withdraw_dispute(
    tx: Tx, principal: Principal, dispute_id: int, message: str | None, *, now: datetime
) -> None:
    """Take a question back: the bill is as it was before.

    Raises Forbidden, NotFound (or not yours), InvalidInput, Conflict (NO_OPEN_DISPUTE).
    """
    principal.require(Action.DISPUTE_BILL)
    if message is not None:
        require_dispute_message(message, "message")
    partner_id = await owner_of(tx, principal, "dispute", dispute_id)
    await lock_partner(tx, partner_id)
    dispute = await open_one(tx, partner_id, dispute_id)
    if message is not None:
        await say(tx, principal, dispute, message, now=now)
    await end_dispute(tx, principal, dispute, DisputeStatus.WITHDRAWN, now=now)
    await record_step(tx, principal, dispute, "WITHDRAW_DISPUTE", now=now)
    await announce_step(tx, dispute, EventType.DISPUTE_WITHDRAWN, now=now)


async def open_one(tx: Tx, partner_id: int, dispute_id: int) -> Dispute:
    """A dispute that goes on; called under `lock_partner`.

    Raises Conflict (NO_OPEN_DISPUTE) when it is over.
    """
    dispute = await Dispute.get(id=dispute_id, partner_id=partner_id, using_db=tx.client)
    if dispute.status != DisputeStatus.OPEN:
        raise Conflict(
            f"This dispute is over: it was {dispute.status.lower()}.",
            ErrorCode.NO_OPEN_DISPUTE,
            path=("disputeId",),
        )
    return dispute


async def say(tx: Tx, principal: Principal, dispute: Dispute, text: str, *, now: datetime) -> None:
    """Add to the thread."""
    await DisputeMessage.create(
        using_db=tx.client,
        dispute_id=dispute.id,
        partner_id=dispute.partner_id,
        author=principal.subject,
        role=principal.role.value,
        text=text,
        written_at=now,
    )


async def move_bill(tx: Tx, bill: Bill, verb: BillVerb) -> None:
    """Move the bill as the table of moves has it; raises what `bill_move` raises."""
    status = bill_move(BillStatus(bill.status), verb).value
    changed = await tx.execute(
        "UPDATE bills SET status = $3"
        " WHERE partner_id = $1 AND id = $2 AND status = $4 AND version = $5",
        *(bill.partner_id, bill.id, status, bill.status, bill.version),
    )
    if not changed:
        raise Conflict("The bill has moved on; nothing was changed.")
    bill.status = status


async def end_dispute(
    tx: Tx, principal: Principal, dispute: Dispute, status: DisputeStatus, *, now: datetime
) -> Bill:
    """Close an open dispute and move its bill, which is given back."""
    changed = await tx.execute(
        "UPDATE disputes SET status = $3, closed_by = $4, closed_at = $5"
        " WHERE partner_id = $1 AND id = $2 AND status = 'OPEN'",
        *(dispute.partner_id, dispute.id, status, principal.subject, now),
    )
    if not changed:
        raise Conflict("The dispute has moved on; nothing was changed.")
    dispute.status = status.value
    bill = await Bill.get(id=dispute.bill_id, partner_id=dispute.partner_id, using_db=tx.client)
    await move_bill(tx, bill, ENDINGS[status])
    return bill


async def record_step(
    tx: Tx, principal: Principal, dispute: Dispute, action: str, *, now: datetime
) -> None:
    """Write the audit row of what happened to a dispute."""
    act = Act(action, public_id(IdPrefix.DISPUTE, dispute.id), dispute.partner_id, _facts(dispute))
    await record(tx, principal, act, now=now)


async def announce_step(tx: Tx, dispute: Dispute, event_type: EventType, *, now: datetime) -> None:
    """Tell what happened to a dispute, whoever did it: others of the partner hear of it, too."""
    name = public_id(IdPrefix.DISPUTE, dispute.id)
    payload = {"disputeId": name, **_facts(dispute)}
    await announce(tx, Happening(dispute.partner_id, event_type, name, payload), now=now)


def _facts(dispute: Dispute) -> dict[str, object]:
    return {
        "billId": public_id(IdPrefix.BILL, dispute.bill_id),
        "version": dispute.version,
        "status": dispute.status,
        "resolvedVersion": dispute.resolved_version,
    }
