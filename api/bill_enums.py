"""Enumerations about bills, in the schema."""

from api.described import describe
from models.rules.available_actions import DESCRIPTIONS as BILL_ACTIONS
from models.rules.available_actions import BillAction
from models.rules.calendar import DESCRIPTIONS, CalendarEvent
from models.rules.diffs import LineChange
from models.rules.disputes import DisputeResolution
from models.rules.explanations import BillAmount
from models.rules.states import (
    AdjustmentReason,
    BillKind,
    BillStatus,
    ChargeType,
    DerivedType,
    DisputeStatus,
    Market,
    RefundReason,
    VersionReason,
    VersionStatus,
)

__all__ = [
    "AdjustmentReason",
    "BillAction",
    "BillAmount",
    "BillKind",
    "BillStatus",
    "CalendarEvent",
    "ChargeType",
    "DerivedType",
    "DisputeResolution",
    "DisputeStatus",
    "LineChange",
    "Market",
    "RefundReason",
    "VersionReason",
    "VersionStatus",
]


describe(
    BillKind,
    "What a bill is about.",
    {
        "RESELLER": "What the partner's customers consumed.",
        "SELF_USE": "What the partner's own accounts consumed.",
    },
)

describe(
    BillStatus,
    "Where a bill stands between the vendor and the partner.",
    {
        "ISSUED": "Issued, and waiting for the partner.",
        "DISPUTED": "Questioned by the partner, waiting for the channel manager.",
        "CONFIRMED": "Confirmed by the partner; this version is frozen for ever.",
    },
)

describe(
    BillAction,
    "Something that can be done with a bill.",
    {action.name: text for action, text in BILL_ACTIONS.items()},
)

describe(
    BillAmount,
    "The amounts of a bill that can be explained.",
    {
        "EXPENDITURES": "What was consumed and bought.",
        "REFUNDS": "What was returned.",
        "ADJUSTMENTS": "What the vendor credited or corrected.",
        "SETTLEMENT": "Expenditures, refunds and adjustments together.",
        "COUPONS": "What coupons take off.",
        "ROUNDING": "What rounding added.",
        "TAX": "The tax.",
        "BILL_AMOUNT": "Settlement less coupons, rounded, and tax.",
        "AMOUNT_DUE": "What is to be paid.",
        "CREDIT": "What a negative bill leaves to the partner's credit.",
        "OUTSTANDING": "What is still to be paid.",
    },
)

describe(
    VersionReason,
    "Why a version of a bill was made.",
    {
        "ISSUED": "The first version.",
        "LATE_CHARGES": "Charges arrived after the version before.",
        "DISPUTE_ACCEPTED": "A dispute was accepted.",
        "ADJUSTMENT": "The vendor adjusted the bill.",
        "COUPON": "A coupon was used on it.",
    },
)

describe(
    VersionStatus,
    "Whether a version of a bill is the one that counts.",
    {
        "CURRENT": "It is the bill.",
        "SUPERSEDED": "A later version took its place; it is kept.",
    },
)

describe(
    DerivedType,
    "What a line of a bill is that follows from its charges.",
    {
        "COUPON": "What a cash coupon takes off.",
        "ROUNDING": "What rounding settlement less coupons added.",
        "TAX": "A tax, rounded.",
    },
)

describe(
    LineChange,
    "What happened to a line from one version of a bill to another.",
    {
        "ADDED": "It was not there before.",
        "REMOVED": "It is not there any more.",
        "CHANGED": "It is on both, with other amounts or charges.",
    },
)

describe(
    Market,
    "Where something was bought.",
    {
        "CLOUD": "From the vendor itself.",
        "MARKETPLACE": "From another publisher in the vendor's marketplace.",
    },
)

describe(
    ChargeType,
    "Which addend of the bill a charge belongs to.",
    {
        "EXPENDITURE": "Consumption or a purchase.",
        "REFUND": "Money returned, 0 or negative.",
        "ADJUSTMENT": "A credit or correction by the vendor, of either sign.",
        "TAX": "Tax; part of the bill's tax, never of its settlement.",
    },
)

describe(
    RefundReason,
    "Why money was returned.",
    {
        "ORDER_CANCELLATION": "An order was cancelled.",
        "SPECIFICATION_CHANGE": "What was used was changed.",
    },
)

describe(
    AdjustmentReason,
    "Why the vendor adjusted a bill.",
    {
        "BILLING_ERROR": "Something was billed wrongly.",
        "GOODWILL": "A kindness.",
        "CONTRACT": "What was agreed upon.",
        "DISPUTE": "A dispute was accepted.",
        "REVERSAL": "It undoes an adjustment.",
        "CARRIED_CREDIT": "The credit of an earlier bill was carried forward.",
        "OTHER": "Anything else; the description says what.",
    },
)

describe(
    DisputeStatus,
    "What became of a dispute.",
    {
        "OPEN": "It waits for an answer; the bill cannot be confirmed.",
        "ACCEPTED": "The bill was changed.",
        "REJECTED": "The bill was kept, for the reason in the thread.",
        "WITHDRAWN": "The partner took it back.",
    },
)

describe(
    DisputeResolution,
    "How a dispute is answered.",
    {
        "ACCEPTED": "With adjustments, which make a new version of the bill.",
        "REJECTED": "With the reason why the bill is kept.",
    },
)

describe(
    CalendarEvent,
    "What happens on a date of the billing calendar.",
    {event.name: text for event, text in DESCRIPTIONS.items()},
)
