"""The words with fixed meanings, and the moves of a bill as a table (domain.md, "States")."""

from decimal import Decimal
from enum import StrEnum

from models.rules.errors import Conflict


class BillKind(StrEnum):
    """What a bill is about (R10): the partner's customers, or the partner's own accounts."""

    RESELLER = "RESELLER"
    SELF_USE = "SELF_USE"


class Market(StrEnum):
    """Where something was bought (R21)."""

    CLOUD = "CLOUD"
    MARKETPLACE = "MARKETPLACE"


class ChargeType(StrEnum):
    """What a charge does to a bill; TAX stands beside the settlement, never in it (I1, I3)."""

    EXPENDITURE = "EXPENDITURE"
    REFUND = "REFUND"
    ADJUSTMENT = "ADJUSTMENT"
    TAX = "TAX"


class CreditPolicy(StrEnum):
    """What becomes of a negative bill's surplus (R17): kept, or put on the next bill."""

    HELD = "HELD"
    CARRIED = "CARRIED"


class VersionReason(StrEnum):
    """Why a version of a bill was made."""

    ISSUED = "ISSUED"
    LATE_CHARGES = "LATE_CHARGES"


class LedgerAccount(StrEnum):
    """The accounts of a partner's ledger; debits are positive."""

    CASH = "CASH"
    DEPOSIT = "DEPOSIT"
    RECEIVABLE = "RECEIVABLE"
    SALES = "SALES"


class LedgerEvent(StrEnum):
    """What made a ledger entry (R14)."""

    BILL = "BILL"
    CREDIT_CARRIED = "CREDIT_CARRIED"
    PAYMENT = "PAYMENT"
    TOP_UP = "TOP_UP"


class PaymentOutcome(StrEnum):
    """What is known of a payment; one from the deposit account is settled at once."""

    SUCCEEDED = "SUCCEEDED"


class BillStatus(StrEnum):
    """How far the partner and the vendor agree on a bill."""

    ISSUED = "ISSUED"
    DISPUTED = "DISPUTED"
    CONFIRMED = "CONFIRMED"


class BillVerb(StrEnum):
    """What can happen to a bill that is there."""

    REISSUE = "REISSUE"
    DISPUTE = "DISPUTE"
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    CONFIRM = "CONFIRM"
    CORRECT = "CORRECT"


BILL_MOVES: dict[tuple[BillStatus, BillVerb], BillStatus] = {
    (BillStatus.ISSUED, BillVerb.REISSUE): BillStatus.ISSUED,
    (BillStatus.ISSUED, BillVerb.DISPUTE): BillStatus.DISPUTED,
    (BillStatus.DISPUTED, BillVerb.ACCEPT): BillStatus.ISSUED,
    (BillStatus.DISPUTED, BillVerb.REJECT): BillStatus.ISSUED,
    (BillStatus.DISPUTED, BillVerb.WITHDRAW): BillStatus.ISSUED,
    (BillStatus.ISSUED, BillVerb.CONFIRM): BillStatus.CONFIRMED,
    (BillStatus.CONFIRMED, BillVerb.CORRECT): BillStatus.CONFIRMED,
}


def bill_move(status: BillStatus, verb: BillVerb) -> BillStatus:
    """The status after `verb`; raises Conflict (INVALID_STATE) that names what is possible."""
    try:
        return BILL_MOVES[status, verb]
    except KeyError:
        possible = ", ".join(v for s, v in BILL_MOVES if s is status)
        message = f"{verb} is not possible on a bill that is {status}; possible: {possible}."
        raise Conflict(message) from None


class PaymentStatus(StrEnum):
    """How far a bill is paid; computed, never stored."""

    NOT_PAYABLE = "NOT_PAYABLE"
    NOTHING_DUE = "NOTHING_DUE"
    UNPAID = "UNPAID"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"


def is_payable(status: BillStatus, *, confirmation_required: bool) -> bool:
    """Whether money may be paid on a bill: confirmed, or issued where that is enough (R30)."""
    if status is BillStatus.ISSUED:
        return not confirmation_required
    return status is BillStatus.CONFIRMED


def payment_status(*, payable: bool, due: Decimal, paid: Decimal) -> PaymentStatus:
    """How far a bill is paid, from its amount due and what was paid (both ≥ 0)."""
    if not due:
        return PaymentStatus.NOTHING_DUE
    if not payable:
        return PaymentStatus.NOT_PAYABLE
    if not paid:
        return PaymentStatus.UNPAID
    return PaymentStatus.PARTIALLY_PAID if paid < due else PaymentStatus.PAID
