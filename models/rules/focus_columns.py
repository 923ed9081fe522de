"""The columns of a FOCUS file (FinOps Open Cost and Usage Specification, versions 1.0 to 1.3).

Which of them a charge is made of, and in which group each is read. Groups and order are also how
a row is hashed into its key: to change them is to change every key. A column that is in no group
– a later version's, a provider's own – counts by its name.
"""

from collections import Counter
from collections.abc import Sequence

from models.rules.errors import ErrorCode, InvalidInput

REQUIRED = ("BillingAccountId", "BillingCurrency", "ChargeCategory", "ServiceName", "BilledCost")
# One of them tells the cycle (requirements §8).
CYCLE_SOURCES = ("BillingPeriodStart", "ChargePeriodStart")

ACCOUNT = (
    "BillingAccountId",
    "BillingAccountName",
    "SubAccountId",
    "SubAccountName",
    "BillingCurrency",
)
OFFER = (
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "ServiceName",
    "RegionId",
    "PublisherName",
    "ServiceProviderName",
    "InvoiceIssuerName",
    "ConsumedUnit",
    "PricingUnit",
)
PERIOD = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
AMOUNTS = ("BilledCost", "ListCost", "ConsumedQuantity", "PricingQuantity")
# FOCUS has no column for an order or for the charge that a refund refunds: these x_ are ours.
DETAILS = (
    "ResourceId",
    "ChargeDescription",
    "x_TransactionId",
    "x_OrderId",
    "x_OriginalChargeId",
)

# What follows only counts for the key: all other numbers, by value, and the texts of FOCUS 1.0.
PRICES = (
    "CommitmentDiscountQuantity",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "ListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
)
TEXTS = (
    "AvailabilityZone",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "PricingCategory",
    "ProviderName",
    "RegionName",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "SkuId",
    "SkuPriceId",
    "Tags",
)
GROUPED = frozenset((*ACCOUNT, *OFFER, *PERIOD, *AMOUNTS, *DETAILS, *PRICES, *TEXTS))

MOST_COLUMNS = 1000


def require_focus_columns(columns: Sequence[str]) -> None:
    """Check a header; order and additional columns do not matter.

    Raises InvalidInput: INVALID_FILE for a column that stands there twice or a header beyond all
    measure, MISSING_COLUMN with the names of what a charge cannot be made without.
    """
    if len(columns) > MOST_COLUMNS:
        raise InvalidInput(
            f"{len(columns)} columns; a FOCUS file has at most {MOST_COLUMNS}.",
            ErrorCode.INVALID_FILE,
        )
    twice = [name[:60] for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise InvalidInput(
            f"These columns stand there twice: {', '.join(twice[:10])}.", ErrorCode.INVALID_FILE
        )
    missing = [name for name in REQUIRED if name not in columns]
    if not any(name in columns for name in CYCLE_SOURCES):
        missing.append(" or ".join(CYCLE_SOURCES))
    if missing:
        raise InvalidInput(
            f"This is not a FOCUS file: it has no column {', '.join(missing)}.",
            ErrorCode.MISSING_COLUMN,
        )
