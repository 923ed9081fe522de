"""In the schema: how far the estimates of a bill's cycle were from the bill."""

import strawberry

from api.estimates import Estimate
from api.money import Money
from api.planned import field
from api.scalars import Date


@strawberry.type(
    description="One day's estimate against the bill: difference = lateUsage + refunds"
    " + adjustments − coupons + tax + rounding, exactly."
)
class EstimateAccuracy:
    """Identity I16."""

    estimate: Estimate = field("The estimate.")
    as_of: Date = field("The local day on which it was made.")
    estimated: Money = field("Its amount.")
    final: Money = field("The bill amount of the current version; signed.")
    difference: Money = field("The bill amount less the estimate; negative when that was too high.")
    late_usage: Money = field("Expenditures on the bill that were not in the estimate; signed.")
    refunds: Money = field("Refunds on the bill less those in the estimate; signed.")
    adjustments: Money = field("Adjustments on the bill less those in the estimate; signed.")
    coupons: Money = field("What coupons took off the bill, 0 or positive; an estimate has none.")
    tax: Money = field("The bill's tax; an estimate has none.")
    rounding: Money = field("What rounding added to the bill; an estimate is not rounded.")
