"""Enumerations about people, files, events and errors, in the schema."""

from api.described import describe
from models.rules.errors import ErrorCode
from models.rules.exports import ExportFormat, ExportStatus, ExportView
from models.rules.principals import Action, Role
from models.rules.registration import Association
from models.rules.states import EventType, WebhookStatus

__all__ = [
    "Action",
    "Association",
    "ErrorCode",
    "EventType",
    "ExportFormat",
    "ExportStatus",
    "ExportView",
    "Role",
    "WebhookStatus",
]


def _spelled_out(code: ErrorCode) -> str:
    """NOT_FOUND: "Not found."."""
    return code.value.replace("_", " ").capitalize() + "."


describe(
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

describe(
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
        "REVEAL_CUSTOMER": "See a customer's personal data in clear, which is noted.",
        "READ_AUDIT_TRAIL": "Read the audit trail.",
        "REVERSE_PAYMENT": "Take a payment back.",
        "MANAGE_WEBHOOKS": "Say where the partner is told of events.",
        "ALLOW_STORAGE": "Allow a partner to have its bills stored in a bucket.",
        "MANAGE_STORAGE": "Choose the partner's bucket and what is stored there.",
        "TRIGGER_DELIVERY": "Deliver a file to a partner's bucket now, or again.",
        "BACKFILL_DELIVERIES": "Deliver what is missing in the partner's bucket.",
        "DISPUTE_BILL": "Question a bill, and take the question back.",
        "RESOLVE_DISPUTE": "Answer a dispute.",
        "ADJUST_BILL": "Adjust a bill, and undo an adjustment.",
        "GRANT_COUPON": "Grant a coupon, and use one on an issued bill.",
        "SET_TAX": "Set the taxes of a partner's bills.",
        "DOWNLOAD_INVOICE": "Download an invoice or a credit note.",
    },
)

describe(
    Association,
    "How a customer is associated with the partner.",
    {"RESELLER": "Billed to the partner.", "REFERRAL": "On no bill of the partner."},
)

describe(
    ExportView,
    "What the rows of an exported file are.",
    {
        "BY_PRODUCT": "One row for each product, market and region of a bill.",
        "BY_CUSTOMER": "One row for each customer of a bill.",
        "DETAILS": "One row for each charge.",
    },
)

describe(
    ExportFormat,
    "How an exported file is written.",
    {
        "CSV": "RFC 4180, UTF-8.",
        "JSON_LINES": "One JSON object a line, amounts as strings.",
        "XLSX": "An Excel workbook.",
        "PARQUET": "Apache Parquet, amounts as decimals.",
        "FOCUS_CSV": "CSV in the column set of FOCUS 1.0; its BilledCost adds up to the bill.",
    },
)

describe(
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

describe(
    EventType,
    "What partners are told of.",
    {
        "BILL_ISSUED": "A bill was issued.",
        "BILL_REISSUED": "A bill has a new version.",
        "BILL_CONFIRMED": "A bill was confirmed.",
        "BILL_DISPUTED": "A bill was disputed.",
        "BILL_PARTIALLY_PAID": "A bill was paid in part.",
        "BILL_PAID": "A bill was paid in full.",
        "PAYMENT_FAILED": "A payment came to nothing.",
        "PAYMENT_REVERSED": "A payment was taken back.",
        "DISPUTE_ANSWERED": "The channel manager replied to a dispute, or ended it.",
        "DISPUTE_REPLIED": "The partner said more about a dispute.",
        "DISPUTE_WITHDRAWN": "The partner took a dispute back.",
        "EXPORT_READY": "An exported file is ready.",
        "DELIVERY_FAILED": "A file could not be delivered to the partner's storage.",
        "WEBHOOK_TEST": "A test of a webhook endpoint; nothing happened.",
    },
)

describe(
    WebhookStatus,
    "What became of a message for an endpoint.",
    {
        "PENDING": "Not posted yet.",
        "RETRYING": "Posted in vain, to be posted again.",
        "DELIVERED": "Taken by the receiver: an answer of 200 to 299.",
        "FAILED": "Given up; `failure` says why.",
    },
)

describe(
    ErrorCode,
    "Why something was refused; stable for machines.",
    {code.name: _spelled_out(code) for code in ErrorCode},
)
