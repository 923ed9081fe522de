"""Estimates in the schema: a type of its own, so that none can be confirmed or paid (R6)."""

import strawberry

from api.enums import BillKind
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import CurrencyCode, Date, DateTime, Month


@strawberry.type(description="A day's snapshot of a cycle that has no bill yet; not a bill.")
class Estimate(Node):
    """An estimate."""

    cycle: Month = field("The billing cycle.")
    kind: BillKind = field("What the bill will be about.")
    currency: CurrencyCode = field("The currency of every amount.")
    as_of: Date = field("The local day on which it was made.")
    data_through: Date = field("The last local day whose usage it covers.")
    computed_at: DateTime = field("When it was computed.")
    charge_count: int = field("How many charges it covers.")
    expenditures: Money = field("The sum of expenditures so far.")
    refunds: Money = field("The sum of refunds so far, 0 or negative.")
    adjustments: Money = field("The sum of adjustments so far.")
    coupons: Money = field("Always 0: an estimate is not reduced by coupons.")
    tax: Money | None = field("Always null: tax is not known before the bill.")
    amount: Money = field("Expenditures, refunds and adjustments together.")
