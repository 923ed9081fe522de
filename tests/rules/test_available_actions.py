from decimal import Decimal

import pytest

from models.rules.available_actions import (
    DESCRIPTIONS,
    NEEDS,
    BillAction,
    BillFacts,
    available_actions,
)
from models.rules.payments import Payable
from models.rules.principals import ALLOWED, Principal, Role
from models.rules.states import BillStatus, PaymentStatus

FINANCE = Principal("fay", Role.PARTNER_FINANCE, 1)
MANAGER = Principal("mia", Role.CHANNEL_MANAGER)


def a_bill(
    status: str, payment: str = "UNPAID", *, is_reserved: bool = False, has_document: bool = True
) -> BillFacts:
    """A bill over 10 USD, whose document is written if there is one."""
    outstanding = Decimal(0 if payment in {"PAID", "NOTHING_DUE"} else 10)
    payable = Payable(7, "USD", PaymentStatus(payment), outstanding, is_reserved)
    return BillFacts(BillStatus(status), payable, has_document, is_written=has_document)


def codes(principal: Principal, bill: BillFacts) -> dict[str, str]:
    """Why what is refused is refused."""
    return {
        each.action.value: each.refusal.code.value
        for each in available_actions(principal, bill)
        if each.refusal
    }


NOT_FINANCE = {"RESOLVE_DISPUTE": "FORBIDDEN", "ADJUST": "FORBIDDEN"}
NOT_MANAGER = dict.fromkeys(
    ("CONFIRM", "DISPUTE", "WITHDRAW_DISPUTE", "PAY", "EXPORT"), "FORBIDDEN"
)


@pytest.mark.parametrize(
    ("bill", "refused"),
    [
        (
            a_bill("ISSUED", "NOT_PAYABLE", has_document=False),
            {
                "WITHDRAW_DISPUTE": "NO_OPEN_DISPUTE",
                "PAY": "NOT_PAYABLE",
                "DOWNLOAD_INVOICE": "BILL_NOT_CONFIRMED",
            },
        ),
        (a_bill("ISSUED"), {"WITHDRAW_DISPUTE": "NO_OPEN_DISPUTE"}),
        (
            a_bill("DISPUTED", "NOT_PAYABLE"),
            {"CONFIRM": "OPEN_DISPUTE", "DISPUTE": "OPEN_DISPUTE", "PAY": "NOT_PAYABLE"},
        ),
        *(
            (
                a_bill("CONFIRMED", payment, is_reserved=payment == "PARTIALLY_PAID"),
                {
                    "CONFIRM": "BILL_CONFIRMED",
                    "DISPUTE": "BILL_CONFIRMED",
                    "WITHDRAW_DISPUTE": "NO_OPEN_DISPUTE",
                }
                | pay,
            )
            for payment, pay in {
                "UNPAID": {},
                "PARTIALLY_PAID": {"PAY": "PAYMENT_IN_PROGRESS"},
                "PAID": {"PAY": "NOTHING_DUE"},
                "NOTHING_DUE": {"PAY": "NOTHING_DUE"},
            }.items()
        ),
    ],
)
def test_finance_does_what_the_bill_allows(bill: BillFacts, refused: dict[str, str]) -> None:
    assert codes(FINANCE, bill) == NOT_FINANCE | refused


@pytest.mark.parametrize(
    ("bill", "refused"),
    [
        (a_bill("ISSUED"), {"RESOLVE_DISPUTE": "NO_OPEN_DISPUTE"}),
        (a_bill("DISPUTED"), {"ADJUST": "OPEN_DISPUTE"}),
        (a_bill("CONFIRMED"), {"RESOLVE_DISPUTE": "NO_OPEN_DISPUTE"}),
    ],
)
def test_channel_manager_answers_and_adjusts(bill: BillFacts, refused: dict[str, str]) -> None:
    assert codes(MANAGER, bill) == NOT_MANAGER | refused


@pytest.mark.parametrize("role", Role)
def test_every_action_is_listed_once_for_everybody(role: Role) -> None:
    found = available_actions(Principal("x", role), a_bill("ISSUED"))
    assert [each.action for each in found] == list(BillAction)
    forbidden = {each.action for each in found if each.refusal and each.refusal.code == "FORBIDDEN"}
    assert forbidden == {action for action in BillAction if NEEDS[action] not in ALLOWED[role]}


def test_document_that_is_not_written_yet_cannot_be_downloaded() -> None:
    bill = a_bill("CONFIRMED")
    unwritten = BillFacts(bill.status, bill.payable, has_document=True, is_written=False)
    assert codes(MANAGER, unwritten)["DOWNLOAD_INVOICE"] == "INVALID_STATE"


def test_every_action_is_described_and_needs_something() -> None:
    assert list(DESCRIPTIONS) == list(NEEDS) == list(BillAction)
