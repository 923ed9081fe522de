"""Charges in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.customers import Customer
from api.enums import AdjustmentReason, ChargeType, Market, RefundReason
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import DateTime, Decimal, Month

if TYPE_CHECKING:
    from api.bills import Bill


@strawberry.type(description="One line: a consumption, refund, adjustment or tax.")
class Charge(Node):
    """A charge; the same source line has the same id in every version, file and query."""

    charge_type: ChargeType = field("Which addend of the bill it belongs to.")
    category: str = field("The FOCUS ChargeCategory it came with.")
    market: Market = field("Where it was bought.")
    product: str = field("The product (FOCUS ServiceName).")
    region: str | None = field("The region, or null for products without one.")
    resource: str | None = field("The resource that was used, if any.")
    billing_mode: str = field("PAY_PER_USE, SUBSCRIPTION or ONE_TIME.")
    transaction: str | None = field("The order or transaction id, if any.")
    original_charge: str | None = field("What a refund or correction refers to, if anything.")
    description: str | None = field("The vendor's description, if any.")
    account: str = field("The account that caused it.")
    usage_start: DateTime | None = field("When the usage began, if known.")
    usage_end: DateTime | None = field("When the usage ended (exclusive), if known.")
    posted_at: DateTime = field("When it was posted (transaction time).")
    quantity: Decimal | None = field("How much was used, in `unit`, if metered.")
    unit: str | None = field("The unit of `quantity`, if metered.")
    list_amount: Money | None = field("The amount at list price, if known.")
    discount: Money | None = field("List amount less settlement amount, if the former is known.")
    amount: Money = field("The exact settlement amount; negative for money returned.")
    cycle: Month = field("The bill it stands on.")
    origin_cycle: Month = field("The month it was meant for; differs when it came too late.")
    customer: Customer | None = field("The customer, or null where it belongs to none.")
    reason: AdjustmentReason | None = field(
        "Why the vendor made this adjustment; null for a charge that came in a file."
    )
    refund_reason: RefundReason | None = field(
        "Why money was returned: for a purchase, its cancellation, for usage, a change of"
        " specification; null unless it is a refund."
    )
    is_correction: bool = field("Whether it corrects another charge, or a bill that was closed.")
    is_beyond_original: bool = field(
        "Whether this one takes back more of a transaction than that came to (I17)."
    )
    corrected_charge: Charge | None = field("The charge that it corrects, if it names one.")
    corrected_bill: Annotated[Bill, strawberry.lazy("api.bills")] | None = field(
        "The earlier bill that it corrects; null where it stands on the bill it was meant for."
    )
