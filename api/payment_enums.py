"""Enumerations about money that moves, in the schema."""

from api.described import describe
from models.rules.states import (
    CreditPolicy,
    InvoiceType,
    LedgerAccount,
    LedgerEvent,
    PaymentMethod,
    PaymentOutcome,
    PaymentStatus,
)

__all__ = [
    "CreditPolicy",
    "InvoiceType",
    "LedgerAccount",
    "LedgerEvent",
    "PaymentMethod",
    "PaymentOutcome",
    "PaymentStatus",
]


describe(
    PaymentStatus,
    "Where a bill stands with its payment; computed, never set.",
    {
        "NOT_PAYABLE": "The partner has to confirm it first.",
        "NOTHING_DUE": "The amount due is 0.",
        "UNPAID": "Nothing was paid yet.",
        "PARTIALLY_PAID": "A part was paid.",
        "PAID": "Paid in full.",
    },
)

describe(
    PaymentMethod,
    "Where the money of a payment comes from.",
    {
        "DEPOSIT": "The partner's deposit account.",
        "STRIPE": "A means of payment at Stripe.",
    },
)

describe(
    PaymentOutcome,
    "What is known of a payment.",
    {
        "PENDING": "The gateway was, or will be, asked to collect it.",
        "REQUIRES_ACTION": "The payer has to agree at `actionUrl`.",
        "UNKNOWN": "The gateway gave no answer; it is asked again, and nothing is paid twice.",
        "SUCCEEDED": "The money was moved.",
        "FAILED": "Nothing was collected; `failure` says why.",
        "REVERSED": "The money went back; its bills are owed again.",
    },
)

describe(
    CreditPolicy,
    "What becomes of the credit of a negative bill.",
    {
        "HELD": "It is held.",
        "CARRIED": "It is carried forward to the next bill.",
    },
)

describe(
    LedgerAccount,
    "An account of a partner's ledger, kept by the vendor in double entry.",
    {
        "CASH": "What came in from the partner; debits add to it.",
        "DEPOSIT": "What the vendor holds for the partner; credits add to it.",
        "RECEIVABLE": "What the partner owes; debits add to it.",
        "SALES": "What the partner was billed; credits add to it.",
    },
)

describe(
    LedgerEvent,
    "What made a ledger entry.",
    {
        "BILL": "A bill was booked, or a new version of one changed its amount.",
        "CREDIT_CARRIED": "The credit of a negative bill went on to the next bill.",
        "PAYMENT": "A payment.",
        "REVERSAL": "A payment was reversed.",
        "TOP_UP": "The deposit was topped up.",
    },
)

describe(
    InvoiceType,
    "What document stands for a bill.",
    {
        "INVOICE": "It asks for money.",
        "CREDIT_NOTE": "It asks for none: the bill is zero or negative, or became less.",
    },
)
