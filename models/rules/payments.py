"""What a payment pays: which bills, and how much on each (R12)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.errors import Conflict, ErrorCode, InvalidInput, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT, Money, amount_text, exact_sum, round_half_up
from models.rules.states import PaymentStatus

BILL_IDS, AMOUNT, METHOD = ("billIds",), ("amount",), ("paymentMethod",)
# A name with a prefix, as gateways give them: the number of a card is not one.
_MEANS = re.compile(r"[a-z]{2,10}_[A-Za-z0-9_]{1,180}")
_OPEN = frozenset({PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID})


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What a partner asks to be paid.

    `bill_ids` None means all payable bills, oldest first; `amount` None, all that is outstanding.
    `means` is a gateway's name of a means of payment, such as `pm_…`; None, the deposit account.
    """

    bill_ids: Sequence[int] | None
    amount: Money | None
    idempotency_key: str
    means: str | None = None


@dataclass(frozen=True, slots=True)
class Payable:
    """A bill as a payment sees it; `outstanding` is ≥ 0.

    `is_reserved` while another payment on it is under way: it takes no second one (rule 13).
    """

    bill_id: int
    currency: str
    status: PaymentStatus
    outstanding: Decimal
    is_reserved: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """A payment worked out: the whole, and (bill, part) for every bill that gets something."""

    whole: Money
    parts: tuple[tuple[int, Decimal], ...]


def share_out(
    order: PaymentOrder, bills: Sequence[Payable], digits_of: Callable[[str], int]
) -> Shares:
    """Spread the order over the partner's `bills`, all of them, given oldest first.

    `digits_of` gives the digits of a currency's minor unit. Raises NotFound for a bill that is not
    among them, InvalidInput (INVALID_AMOUNT), and Conflict: NOT_PAYABLE, PAYMENT_IN_PROGRESS,
    NOTHING_DUE, CURRENCY_MISMATCH, AMOUNT_EXCEEDS_OUTSTANDING.
    """
    chosen = _all_open(order, bills) if order.bill_ids is None else _named(order.bill_ids, bills)
    currency = _one_currency(order, chosen)
    outstanding = Money(exact_sum(bill.outstanding for bill in chosen), currency)
    whole = order.amount or outstanding
    if not outstanding.amount:
        raise Conflict("Nothing is due there.", ErrorCode.NOTHING_DUE, path=BILL_IDS)
    require_payable_amount(whole, digits_of(currency))
    if outstanding < whole:
        raise Conflict(
            f"{money_text(whole)} is more than the outstanding {money_text(outstanding)}.",
            ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING,
            path=AMOUNT,
        )
    return Shares(whole, _spread(whole.amount, chosen))


def require_means(text: str) -> str:
    """A gateway's name of a means of payment; raises InvalidInput for text of another form."""
    if not _MEANS.fullmatch(text):
        raise InvalidInput(
            "Name a means of payment as the gateway does, such as pm_…; never send card data.",
            path=METHOD,
        )
    return text


def _all_open(order: PaymentOrder, bills: Sequence[Payable]) -> list[Payable]:
    """What is open and not being paid already."""
    chosen = [
        bill
        for bill in bills
        if bill.status in _OPEN and (not order.amount or bill.currency == order.amount.currency)
    ]
    free = [bill for bill in chosen if not bill.is_reserved]
    if chosen and not free:
        raise _in_progress(chosen[0])
    return free


def _named(bill_ids: Sequence[int], bills: Sequence[Payable]) -> list[Payable]:
    if not bill_ids:
        raise InvalidInput("Name a bill, or leave the list out to pay all.", path=BILL_IDS)
    named = set(bill_ids)
    chosen = [bill for bill in bills if bill.bill_id in named]
    if len(chosen) < len(named):
        raise NotFound("There is no such bill.", path=BILL_IDS)
    for bill in chosen:
        if bill.status is PaymentStatus.NOT_PAYABLE:
            name = public_id(IdPrefix.BILL, bill.bill_id)
            raise Conflict(
                f"{name} cannot be paid before it is confirmed.",
                ErrorCode.NOT_PAYABLE,
                path=BILL_IDS,
            )
        if bill.is_reserved:
            raise _in_progress(bill)
    return chosen


def _in_progress(bill: Payable) -> Conflict:
    return Conflict(
        f"A payment of {public_id(IdPrefix.BILL, bill.bill_id)} is under way; wait until it has"
        " succeeded or failed.",
        ErrorCode.PAYMENT_IN_PROGRESS,
        path=BILL_IDS,
    )


def _one_currency(order: PaymentOrder, bills: Sequence[Payable]) -> str:
    currencies = sorted({bill.currency for bill in bills})
    if not currencies:
        raise Conflict("No bill is open.", ErrorCode.NOTHING_DUE, path=BILL_IDS)
    if len(currencies) > 1:
        raise Conflict(
            f"These bills are in {' and '.join(currencies)}. A payment has one currency: name its"
            " bills, or an amount.",
            ErrorCode.CURRENCY_MISMATCH,
            path=BILL_IDS if order.bill_ids else AMOUNT,
        )
    if order.amount and order.amount.currency != currencies[0]:
        raise Conflict(
            f"The bills are in {currencies[0]}, not in {order.amount.currency}.",
            ErrorCode.CURRENCY_MISMATCH,
            path=AMOUNT,
        )
    return currencies[0]


def require_payable_amount(money: Money, digits: int) -> None:
    """Raise InvalidInput (INVALID_AMOUNT) unless it is above 0 and whole in the minor unit."""
    if money.amount <= 0:
        raise InvalidInput("An amount above 0 was expected.", ErrorCode.INVALID_AMOUNT, path=AMOUNT)
    if round_half_up(money.amount, digits) != money.amount:
        raise InvalidInput(
            f"{money.currency} has {digits} decimals; {money_text(money)} has more.",
            ErrorCode.INVALID_AMOUNT,
            path=AMOUNT,
        )


def money_text(money: Money) -> str:
    """An exact amount with its currency, for a message."""
    return f"{amount_text(money.amount)} {money.currency}"


def _spread(amount: Decimal, bills: Sequence[Payable]) -> tuple[tuple[int, Decimal], ...]:
    """Each bill gets as much as is outstanding on it, in the order given, until all is spent."""
    parts = []
    for bill in bills:
        part = min(amount, bill.outstanding)
        if part:
            parts.append((bill.bill_id, part))
            amount = EXACT.subtract(amount, part)
    return tuple(parts)
