"""Sharing out a payment: oldest first, never too much, one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import BillingError, ErrorCode
from models.rules.money import Money, amount_text, exact_sum
from models.rules.payments import Payable, PaymentOrder, Shares, share_out
from models.rules.states import PaymentStatus

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}


def a_bill(
    number: int, outstanding: str = "10", currency: str = "USD", status: str = "UNPAID"
) -> Payable:
    return Payable(number, currency, PaymentStatus(status), Decimal(outstanding))


def order(ids: tuple[int, ...] | None = None, amount: str = "") -> PaymentOrder:
    """An order of, for one, "7.50 USD"."""
    number, _, currency = amount.partition(" ")
    return PaymentOrder(ids, Money(Decimal(number), currency) if amount else None, "key")


def shares(ordered: PaymentOrder, *bills: Payable) -> Shares:
    return share_out(ordered, bills, DIGITS.__getitem__)


def parts(ordered: PaymentOrder, *bills: Payable) -> dict[int, str]:
    return {bill: amount_text(part) for bill, part in shares(ordered, *bills).parts}


def refusal(ordered: PaymentOrder, *bills: Payable) -> tuple[ErrorCode, tuple[str, ...]]:
    with pytest.raises(BillingError) as refused:
        shares(ordered, *bills)
    return refused.value.code, refused.value.path


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        (order(), {1: "10", 2: "10", 3: "10"}),
        (order((3, 1, 3)), {1: "10", 3: "10"}),
        (order(amount="14.5 USD"), {1: "10", 2: "4.5"}),
        (order((3, 2), "10.01 USD"), {2: "10", 3: "0.01"}),
        (order((2,), "10.00 USD"), {2: "10"}),
    ],
)
def test_oldest_bills_are_paid_first(ordered: PaymentOrder, expected: dict[int, str]) -> None:
    assert parts(ordered, a_bill(1), a_bill(2), a_bill(3)) == expected


def test_bills_with_nothing_outstanding_are_passed_over() -> None:
    paid, empty = a_bill(1, "0", status="PAID"), a_bill(2, "0", status="NOTHING_DUE")
    waiting = a_bill(3, status="NOT_PAYABLE")
    assert parts(order(), paid, empty, waiting, a_bill(4)) == {4: "10"}
    assert parts(order((1, 4)), paid, a_bill(4)) == {4: "10"}


def test_amount_chooses_its_currency() -> None:
    assert parts(order(amount="3 JPY"), a_bill(1), a_bill(2, currency="JPY")) == {2: "3"}


@pytest.mark.parametrize(
    ("ordered", "code", "path"),
    [
        (order((9,)), ErrorCode.NOT_FOUND, ("billIds",)),
        (order(()), ErrorCode.INVALID_INPUT, ("billIds",)),
        (order((1, 4)), ErrorCode.NOT_PAYABLE, ("billIds",)),
        (order((3,)), ErrorCode.NOTHING_DUE, ("billIds",)),
        (order(amount="1 KWD"), ErrorCode.NOTHING_DUE, ("billIds",)),
        (order(), ErrorCode.CURRENCY_MISMATCH, ("amount",)),
        (order((1, 2)), ErrorCode.CURRENCY_MISMATCH, ("billIds",)),
        (order((1,), "1 JPY"), ErrorCode.CURRENCY_MISMATCH, ("amount",)),
        (order((1,), "10.01 USD"), ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING, ("amount",)),
        (order((1,), "0 USD"), ErrorCode.INVALID_AMOUNT, ("amount",)),
        (order((1,), "-1 USD"), ErrorCode.INVALID_AMOUNT, ("amount",)),
        (order((1,), "1.001 USD"), ErrorCode.INVALID_AMOUNT, ("amount",)),
        (order((2,), "1.5 JPY"), ErrorCode.INVALID_AMOUNT, ("amount",)),
    ],
)
def test_order_that_cannot_be_carried_out_is_refused(
    ordered: PaymentOrder, code: ErrorCode, path: tuple[str, ...]
) -> None:
    bills = (
        a_bill(1),
        a_bill(2, currency="JPY"),
        a_bill(3, "0", status="PAID"),
        a_bill(4, status="NOT_PAYABLE"),
    )
    assert refusal(ordered, *bills) == (code, path)


def test_refusal_names_what_is_outstanding() -> None:
    with pytest.raises(BillingError, match=r"20\.01 USD .* outstanding 20 USD"):
        shares(order(amount="20.01 USD"), a_bill(1), a_bill(2))


CENTS = st.integers(1, 10**6)


@given(st.lists(CENTS, min_size=1, max_size=8), st.data())
def test_parts_come_to_the_whole_and_only_the_last_bill_is_paid_in_part(
    outstanding: list[int], data: st.DataObject
) -> None:
    bills = [
        a_bill(number, str(Decimal(cents).scaleb(-2)))
        for number, cents in enumerate(outstanding, start=1)
    ]
    cents = data.draw(st.integers(1, sum(outstanding)))
    amount = Decimal(cents).scaleb(-2)
    given_parts = shares(order(amount=f"{amount} USD"), *bills).parts
    assert exact_sum(part for _, part in given_parts) == amount
    assert [bill for bill, _ in given_parts] == list(range(1, len(given_parts) + 1))
    full = [part == bills[bill - 1].outstanding for bill, part in given_parts]
    assert all(full[:-1])
