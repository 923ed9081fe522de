"""The words with fixed meanings, and the moves of a bill as a table (domain.md, "States")."""

from decimal import Decimal
from enum import StrEnum

from models.rules.errors import Conflict, ErrorCode


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
    ADJUSTMENT = "ADJUSTMENT"
    DISPUTE_ACCEPTED = "DISPUTE_ACCEPTED"
    COUPON = "COUPON"


class VersionStatus(StrEnum):
    """Whether a version of a bill is the one that counts."""

    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"


class DerivedType(StrEnum):
    """Lines of a bill that follow from its charges: S + Σ of these is the bill amount (I3, I4)."""

    COUPON = "COUPON"
    ROUNDING = "ROUNDING"
    TAX = "TAX"


class RefundReason(StrEnum):
    """Why money was returned (R16)."""

    ORDER_CANCELLATION = "ORDER_CANCELLATION"
    SPECIFICATION_CHANGE = "SPECIFICATION_CHANGE"


class AdjustmentReason(StrEnum):
    """Why the vendor adjusted a bill (R20)."""

    BILLING_ERROR = "BILLING_ERROR"
    GOODWILL = "GOODWILL"
    CONTRACT = "CONTRACT"
    DISPUTE = "DISPUTE"
    REVERSAL = "REVERSAL"
    CARRIED_CREDIT = "CARRIED_CREDIT"
    OTHER = "OTHER"


class DisputeStatus(StrEnum):
    """What became of a question about a bill (R31)."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


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
    REVERSAL = "REVERSAL"
    TOP_UP = "TOP_UP"


class PaymentMethod(StrEnum):
    """Where the money of a payment comes from."""

    DEPOSIT = "DEPOSIT"
    STRIPE = "STRIPE"


class PaymentOutcome(StrEnum):
    """What is known of a payment; one from the deposit account is settled at once.

    PENDING: the gateway was or will be asked. UNKNOWN: it gave no answer, and is asked again.
    """

    PENDING = "PENDING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    UNKNOWN = "UNKNOWN"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REVERSED = "REVERSED"


class InvoiceType(StrEnum):
    """What document stands for a bill (R18): a credit note where nothing is due."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class EventType(StrEnum):
    """What partners are told about; `bill.issued` on the wire."""

    BILL_ISSUED = "BILL_ISSUED"
    BILL_REISSUED = "BILL_REISSUED"
    BILL_CONFIRMED = "BILL_CONFIRMED"
    BILL_DISPUTED = "BILL_DISPUTED"
    BILL_PARTIALLY_PAID = "BILL_PARTIALLY_PAID"
    BILL_PAID = "BILL_PAID"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_REVERSED = "PAYMENT_REVERSED"
    DISPUTE_ANSWERED = "DISPUTE_ANSWERED"
    DISPUTE_REPLIED = "DISPUTE_REPLIED"
    DISPUTE_WITHDRAWN = "DISPUTE_WITHDRAWN"
    EXPORT_READY = "EXPORT_READY"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    WEBHOOK_TEST = "WEBHOOK_TEST"

    @property
    def wire(self) -> str:
        """The name that receivers see."""
        return self.value.lower().replace("_", ".", 1)


class WebhookStatus(StrEnum):
    """What became of telling one endpoint about one event."""

    PENDING = "PENDING"
    RETRYING = "RETRYING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


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


_DISPUTE_VERBS = frozenset({BillVerb.ACCEPT, BillVerb.REJECT, BillVerb.WITHDRAW})


def bill_move(status: BillStatus, verb: BillVerb) -> BillStatus:
    """The status after `verb`.

    Raises Conflict, which names what is possible: BILL_CONFIRMED, OPEN_DISPUTE, NO_OPEN_DISPUTE or
    BILL_NOT_CONFIRMED.
    """
    try:
        return BILL_MOVES[status, verb]
    except KeyError:
        possible = ", ".join(v for s, v in BILL_MOVES if s is status)
        message = f"{verb} is not possible on a bill that is {status}; possible: {possible}."
        raise Conflict(message, _refusal(status, verb), path=("billId",)) from None


def _refusal(status: BillStatus, verb: BillVerb) -> ErrorCode:
    if verb in _DISPUTE_VERBS:
        return ErrorCode.NO_OPEN_DISPUTE
    if status is BillStatus.DISPUTED:
        return ErrorCode.OPEN_DISPUTE
    if status is BillStatus.CONFIRMED:
        return ErrorCode.BILL_CONFIRMED
    return ErrorCode.BILL_NOT_CONFIRMED


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
