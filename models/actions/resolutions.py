"""Answering a dispute: with a new version of the bill, or with a reason to keep it (R31)."""

from dataclasses import dataclass
from datetime import datetime

from models.actions.bills import take_up
from models.actions.changes import post_change, record_adjustment
from models.actions.disputes import (
    announce_step,
    end_dispute,
    open_one,
    record_step,
    say,
)
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.rules.corrections import Change
from models.rules.disputes import Answer
from models.rules.ids import IdPrefix, public_id
from models.rules.payments import money_text
from models.rules.principals import Action, Principal
from models.rules.states import AdjustmentReason, DisputeStatus, EventType, VersionReason
from models.tables.bills import BillVersion
from models.tables.disputes import Dispute


@dataclass(frozen=True, slots=True)
class ResolutionOrder:
    """The answer to a dispute."""

    dispute_id: int
    answer: Answer
    idempotency_key: str


async def resolve_dispute(
    tx: Tx, principal: Principal, order: ResolutionOrder, *, now: datetime
) -> int:
    """Accept a dispute with changes, or reject it with a reason; the dispute's id.

    An acceptance makes the bill's next version, with late charges that waited; a rejection keeps
    the version. The same key with the same order changes nothing more. Raises Forbidden, NotFound
    (or not yours), InvalidInput, and Conflict: NO_OPEN_DISPUTE, CURRENCY_MISMATCH,
    CORRECTION_EXCEEDS_ORIGINAL, IDEMPOTENCY_CONFLICT.
    """
    principal.require(Action.RESOLVE_DISPUTE)
    partner_id = await owner_of(tx, principal, "dispute", order.dispute_id)
    request = _request(partner_id, order)
    await lock_partner(tx, partner_id)
    if await earlier_result(tx, request) is None:
        dispute = await open_one(tx, partner_id, order.dispute_id)
        await _resolve(tx, principal, dispute, (order.answer, request.fingerprint), now=now)
        await remember(tx, request, dispute.id, now=now)
    return order.dispute_id


def _request(partner_id: int, order: ResolutionOrder) -> Request:
    answer = order.answer
    changes = [_said(change) for change in answer.changes]
    body = (order.dispute_id, answer.resolution, answer.message or "", changes)
    return keyed_request(partner_id, "resolveDispute", order.idempotency_key, *body)


def _said(change: Change) -> tuple[object, ...]:
    amount = money_text(change.amount)
    return amount, change.description, change.customer_id, change.charge_id


async def _resolve(
    tx: Tx, principal: Principal, dispute: Dispute, answer: tuple[Answer, str], *, now: datetime
) -> None:
    said, source = answer
    if said.message is not None:
        await say(tx, principal, dispute, said.message, now=now)
    status = DisputeStatus(said.resolution)
    bill = await end_dispute(tx, principal, dispute, status, now=now)
    version = await BillVersion.get(
        id=bill.version_id, partner_id=bill.partner_id, using_db=tx.client
    )
    charges = []
    for place, change in enumerate(said.changes):
        why = (AdjustmentReason.DISPUTE, f"{source}/{place}")
        charges.append(await post_change(tx, (bill, version), change, why, now=now))
    if charges:
        note = f"Dispute {public_id(IdPrefix.DISPUTE, dispute.id)}"
        made = await take_up(tx, bill, VersionReason.DISPUTE_ACCEPTED, note=note, now=now)
        await _keep_version(tx, dispute, made)
    for charge in charges:
        await record_adjustment(tx, principal, charge, "ADJUST_BILL", now=now)
    await record_step(tx, principal, dispute, "RESOLVE_DISPUTE", now=now)
    await announce_step(tx, dispute, EventType.DISPUTE_ANSWERED, now=now)


async def _keep_version(tx: Tx, dispute: Dispute, version: BillVersion | None) -> None:
    dispute.resolved_version = version.number if version else None
    await save_changes(tx, dispute, ["resolved_version"])
