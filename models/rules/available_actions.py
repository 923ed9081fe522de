"""Which buttons a bill has for somebody, and why not: by the guards of the verbs themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from models.rules.errors import BillingError, Conflict, ErrorCode
from models.rules.money import MAX_FRACTION_DIGITS
from models.rules.payments import Payable, PaymentOrder, share_out
from models.rules.principals import Action, Principal
from models.rules.states import BillStatus, BillVerb, bill_move


class BillAction(StrEnum):
    """What somebody may want to do with a bill."""

    CONFIRM = "CONFIRM"
    DISPUTE = "DISPUTE"
    WITHDRAW_DISPUTE = "WITHDRAW_DISPUTE"
    RESOLVE_DISPUTE = "RESOLVE_DISPUTE"
    ADJUST = "ADJUST"
    PAY = "PAY"
    EXPORT = "EXPORT"
    DOWNLOAD_INVOICE = "DOWNLOAD_INVOICE"


DESCRIPTIONS = {
    BillAction.CONFIRM: "Confirm its current version.",
    BillAction.DISPUTE: "Question it, or some of its charges.",
    BillAction.WITHDRAW_DISPUTE: "Take the open question back.",
    BillAction.RESOLVE_DISPUTE: "Answer the open question.",
    BillAction.ADJUST: "Adjust it; once it is confirmed, by a line on the next bill.",
    BillAction.PAY: "Pay what is outstanding, or a part of it.",
    BillAction.EXPORT: "Export it to a file.",
    BillAction.DOWNLOAD_INVOICE: "Download its invoice or credit note.",
}

# What the role must allow for each of them.
NEEDS = {
    BillAction.CONFIRM: Action.CONFIRM_BILL,
    BillAction.DISPUTE: Action.DISPUTE_BILL,
    BillAction.WITHDRAW_DISPUTE: Action.DISPUTE_BILL,
    BillAction.RESOLVE_DISPUTE: Action.RESOLVE_DISPUTE,
    BillAction.ADJUST: Action.ADJUST_BILL,
    BillAction.PAY: Action.PAY_BILLS,
    BillAction.EXPORT: Action.EXPORT_BILLS,
    BillAction.DOWNLOAD_INVOICE: Action.DOWNLOAD_INVOICE,
}


@dataclass(frozen=True, slots=True)
class BillFacts:
    """A bill as its buttons see it.

    `has_document` once its invoice or credit note is numbered, `is_written` once the newest one has
    its file.
    """

    status: BillStatus
    payable: Payable
    has_document: bool
    is_written: bool


@dataclass(frozen=True, slots=True)
class AvailableAction:
    """An action, and why it would be refused now; None when it would not."""

    action: BillAction
    refusal: BillingError | None


def available_actions(principal: Principal, bill: BillFacts) -> list[AvailableAction]:
    """Every action on a bill that the principal may see, whether allowed or not, in a fixed order.

    What depends on what is sent along (a stale version, too high an amount, no funds) is not looked
    at. Confirming what is confirmed is harmless, and yet no button.
    """
    return [
        AvailableAction(action, _refusal(principal, action, guard, bill))
        for action, guard in _GUARDS.items()
    ]


Guard = Callable[[BillFacts], object]


def _refusal(
    principal: Principal, action: BillAction, guard: Guard, bill: BillFacts
) -> BillingError | None:
    try:
        principal.require(NEEDS[action])
        guard(bill)
    except BillingError as refused:
        return refused
    return None


def _moves(verb: BillVerb) -> Guard:
    return lambda bill: bill_move(bill.status, verb)


def _adjust(bill: BillFacts) -> None:
    is_frozen = bill.status is BillStatus.CONFIRMED
    bill_move(bill.status, BillVerb.CORRECT if is_frozen else BillVerb.REISSUE)


def _pay(bill: BillFacts) -> None:
    order = PaymentOrder((bill.payable.bill_id,), None, "")
    share_out(order, (bill.payable,), lambda _currency: MAX_FRACTION_DIGITS)


def _export(_bill: BillFacts) -> None:
    """Whatever was issued can be exported."""


def _download_invoice(bill: BillFacts) -> None:
    if not bill.has_document:
        raise Conflict(
            "There is no invoice before the bill is confirmed.", ErrorCode.BILL_NOT_CONFIRMED
        )
    if not bill.is_written:
        raise Conflict("The file is not written yet; try again in a moment.")


_GUARDS: dict[BillAction, Guard] = {
    BillAction.CONFIRM: _moves(BillVerb.CONFIRM),
    BillAction.DISPUTE: _moves(BillVerb.DISPUTE),
    BillAction.WITHDRAW_DISPUTE: _moves(BillVerb.WITHDRAW),
    BillAction.RESOLVE_DISPUTE: _moves(BillVerb.REJECT),
    BillAction.ADJUST: _adjust,
    BillAction.PAY: _pay,
    BillAction.EXPORT: _export,
    BillAction.DOWNLOAD_INVOICE: _download_invoice,
}
