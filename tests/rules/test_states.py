"""Every move of a bill, possible or not, and how payment statuses come about."""

import itertools
from decimal import Decimal

import pytest

from models.rules.errors import Conflict, ErrorCode
from models.rules.states import (
    BillStatus,
    BillVerb,
    PaymentStatus,
    bill_move,
    is_payable,
    payment_status,
)

POSSIBLE = {
    ("ISSUED", "REISSUE"): "ISSUED",
    ("ISSUED", "DISPUTE"): "DISPUTED",
    ("ISSUED", "CONFIRM"): "CONFIRMED",
    ("DISPUTED", "ACCEPT"): "ISSUED",
    ("DISPUTED", "REJECT"): "ISSUED",
    ("DISPUTED", "WITHDRAW"): "ISSUED",
    ("CONFIRMED", "CORRECT"): "CONFIRMED",
}

DISPUTE_VERBS = {BillVerb.ACCEPT, BillVerb.REJECT, BillVerb.WITHDRAW}
CODES = {
    (BillStatus.ISSUED, True): ErrorCode.NO_OPEN_DISPUTE,
    (BillStatus.ISSUED, False): ErrorCode.BILL_NOT_CONFIRMED,
    (BillStatus.DISPUTED, False): ErrorCode.OPEN_DISPUTE,
    (BillStatus.CONFIRMED, True): ErrorCode.NO_OPEN_DISPUTE,
    (BillStatus.CONFIRMED, False): ErrorCode.BILL_CONFIRMED,
}


@pytest.mark.parametrize(("status", "verb"), list(itertools.product(BillStatus, BillVerb)))
def test_move_is_in_the_table_or_refused(status: BillStatus, verb: BillVerb) -> None:
    to = POSSIBLE.get((status.value, verb.value))
    if to is not None:
        assert bill_move(status, verb) == to
        return
    with pytest.raises(Conflict) as refused:
        bill_move(status, verb)
    assert refused.value.code is CODES[status, verb in DISPUTE_VERBS]
    allowed = [v for s, v in POSSIBLE if s == status]
    assert refused.value.message.endswith(f"possible: {', '.join(allowed)}.")


@pytest.mark.parametrize(
    ("status", "required", "payable"),
    [
        ("ISSUED", True, False),
        ("ISSUED", False, True),
        ("DISPUTED", True, False),
        ("DISPUTED", False, False),
        ("CONFIRMED", True, True),
        ("CONFIRMED", False, True),
    ],
)
def test_bill_is_payable_when_agreed(status: str, required: bool, payable: bool) -> None:
    assert is_payable(BillStatus(status), confirmation_required=required) is payable


@pytest.mark.parametrize(
    ("payable", "due", "paid", "status"),
    [
        (False, "10", "0", PaymentStatus.NOT_PAYABLE),
        (False, "0", "0", PaymentStatus.NOTHING_DUE),
        (True, "0", "0", PaymentStatus.NOTHING_DUE),
        (True, "10", "0", PaymentStatus.UNPAID),
        (True, "10", "0.01", PaymentStatus.PARTIALLY_PAID),
        (True, "10", "10.00", PaymentStatus.PAID),
    ],
)
def test_payment_status_follows_from_what_is_due_and_paid(
    payable: bool, due: str, paid: str, status: PaymentStatus
) -> None:
    assert payment_status(payable=payable, due=Decimal(due), paid=Decimal(paid)) is status
