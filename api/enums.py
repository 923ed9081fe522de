"""The domain's enumerations in the schema, each value described.

Types of the schema take them from here, so that none is published without its description.
"""

from enum import Enum
from typing import TypeVar

import strawberry

from models.rules.errors import ErrorCode
from models.rules.exports import ExportFormat, ExportStatus, ExportView
from models.rules.principals import Action, Role
from models.rules.registration import Association
from models.rules.states import (
    BillKind,
    BillStatus,
    ChargeType,
    CreditPolicy,
    Market,
    PaymentOutcome,
    PaymentStatus,
    VersionReason,
)

__all__ = [
    "Action",
    "Association",
    "BillKind",
    "BillStatus",
    "ChargeType",
    "CreditPolicy",
    "ErrorCode",
    "ExportFormat",
    "ExportStatus",
    "ExportView",
    "Market",
    "PaymentOutcome",
    "PaymentStatus",
    "Role",
    "VersionReason",
]

E = TypeVar("E", bound=type[Enum])


def _describe(enum: E, description: str, values: dict[str, str]) -> E:
    """Publish an enumeration; `values` describe its members by name."""
    published = strawberry.enum(enum, description=description)
    for value in published.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.get(value.name)
    return published


def _from_docstring(code: ErrorCode) -> str:
    return code.value.replace("_", " ").capitalize() + "."


_describe(
    BillKind,
    "What a bill is about.",
    {
        "RESELLER": "What the partner's customers consumed.",
        "SELF_USE": "What the partner's own accounts consumed.",
    },
)
_describe(
    BillStatus,
    "Where a bill stands between the vendor and the partner.",
    {
        "ISSUED": "Issued, and waiting for the partner.",
        "DISPUTED": "Questioned by the partner, waiting for the channel manager.",
        "CONFIRMED": "Confirmed by the partner; this version is frozen for ever.",
    },
)
_describe(
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
_describe(PaymentOutcome, "What is known of a payment.", {"SUCCEEDED": "The money was moved."})
_describe(
    VersionReason,
    "Why a version of a bill was made.",
    {
        "ISSUED": "The first version.",
        "LATE_CHARGES": "Charges arrived after the version before.",
    },
)
_describe(
    Market,
    "Where something was bought.",
    {
        "CLOUD": "From the vendor itself.",
        "MARKETPLACE": "From another publisher in the vendor's marketplace.",
    },
)
_describe(
    ChargeType,
    "Which addend of the bill a charge belongs to.",
    {
        "EXPENDITURE": "Consumption or a purchase.",
        "REFUND": "Money returned, 0 or negative.",
        "ADJUSTMENT": "A credit or correction by the vendor, of either sign.",
        "TAX": "Tax; part of the bill's tax, never of its settlement.",
    },
)
_describe(
    CreditPolicy,
    "What becomes of the credit of a negative bill.",
    {
        "HELD": "It is held.",
        "CARRIED": "It is carried forward to the next bill.",
    },
)
_describe(
    Association,
    "How a customer is associated with the partner.",
    {"RESELLER": "Billed to the partner.", "REFERRAL": "On no bill of the partner."},
)
_describe(
    ExportView,
    "What the rows of an exported file are.",
    {
        "BY_PRODUCT": "One row for each product, market and region of a bill.",
        "BY_CUSTOMER": "One row for each customer of a bill.",
        "DETAILS": "One row for each charge.",
    },
)
_describe(ExportFormat, "How an exported file is written.", {"CSV": "RFC 4180, UTF-8."})
_describe(
    ExportStatus,
    "What became of an export.",
    {
        "QUEUED": "Waiting for a worker.",
        "RUNNING": "Being written.",
        "SUCCEEDED": "Ready to be downloaded.",
        "FAILED": "Given up; `error` says why.",
        "CANCELLED": "Cancelled by a user.",
        "EXPIRED": "The file was removed after its time.",
    },
)
_describe(
    Role,
    "What a user is; the first three belong to one partner, the others to the vendor.",
    {
        "PARTNER_VIEWER": "Reads.",
        "PARTNER_FINANCE": "Confirms, pays, disputes and exports.",
        "PARTNER_ADMIN": "Does what finance does, and manages storage.",
        "CHANNEL_MANAGER": "Answers disputes and adjusts, for the partners assigned.",
        "SALES_OPS": "Registers partners, tops up deposits, triggers deliveries.",
        "AUDITOR": "Reads everything, changes nothing.",
    },
)
_describe(
    Action,
    "Something that a role may allow.",
    {
        "CONFIRM_BILL": "Confirm a bill.",
        "PAY_BILLS": "Pay bills.",
        "EXPORT_BILLS": "Export bills to a file.",
        "DOWNLOAD_EXPORT": "Download an exported file.",
        "REGISTER_PARTNER": "Register partners.",
        "REGISTER_CUSTOMERS": "Register customers.",
        "TOP_UP_DEPOSIT": "Top up a partner's deposit.",
    },
)
_describe(
    ErrorCode,
    "Why something was refused; stable for machines.",
    {code.name: _from_docstring(code) for code in ErrorCode},
)
