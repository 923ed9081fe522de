"""Bills as FOCUS 1.0 files (FinOps Open Cost and Usage Specification): columns, and what is in all.

A row is a charge of the bill's version, or one of its derived lines: a coupon is a Credit, the
rounding an Adjustment, a tax a Tax. Imported tax charges are left out, as the bill's own Tax line
stands for all of them: so Σ BilledCost is the bill amount, exactly (I4).

What is not known of a charge is told as FOCUS demands it: the service category is Other, list cost
is billed cost where there is no list amount, effective and contracted cost are the billed one, unit
prices and commitments are absent. A customer is its token (R37); what the partner uses itself has
no sub-account. Columns that begin with x_ are ours.

The file is for other tools. Of our columns an import reads x_TransactionId and x_OriginalChargeId
only; not x_BillKind, so that a tax of the reseller bill, which has no sub-account, becomes one of
the partner's own use. Customers come back as tokens.
"""

from models.rules.exports import Column, ColumnKind
from models.rules.ids import IdPrefix, public_id
from models.rules.months import BillingMonth

# Who sold it is not kept; that it is not the issuer is what makes it marketplace (requirements §8).
MARKETPLACE_PUBLISHER = "Marketplace seller"


def _columns(kind: ColumnKind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


_CODE, _TEXT = ColumnKind.CODE, ColumnKind.TEXT
_AMOUNT, _INSTANT = ColumnKind.AMOUNT, ColumnKind.INSTANT

# FOCUS does not mind the order: what is the same in all rows of a bill comes first.
FOCUS_COLUMNS = (
    Column("BillingAccountId"),
    *_columns(_TEXT, "BillingAccountName", "InvoiceIssuerName", "ProviderName"),
    Column("BillingCurrency"),
    *_columns(_INSTANT, "BillingPeriodStart", "BillingPeriodEnd"),
    *_columns(_CODE, "x_BillId", "x_BillVersion", "x_BillKind", "ServiceCategory"),
    *_columns(_CODE, "CommitmentDiscountCategory", "CommitmentDiscountId"),
    *_columns(_CODE, "CommitmentDiscountName", "CommitmentDiscountStatus"),
    *_columns(_CODE, "CommitmentDiscountType", "ResourceName", "ResourceType", "SkuId"),
    *_columns(_CODE, "SkuPriceId", "Tags"),
    *_columns(_AMOUNT, "ContractedUnitPrice", "ListUnitPrice"),
    *_columns(_CODE, "x_ChargeId", "SubAccountId", "SubAccountName"),
    *_columns(_CODE, "ChargeCategory", "ChargeClass", "ChargeFrequency"),
    *_columns(_TEXT, "ChargeDescription", "PublisherName"),
    *_columns(_TEXT, "ServiceName", "RegionId", "RegionName", "ResourceId"),
    *_columns(_TEXT, "x_TransactionId", "x_OriginalChargeId"),
    *_columns(_INSTANT, "ChargePeriodStart", "ChargePeriodEnd"),
    Column("PricingCategory"),
    Column("ConsumedQuantity", _AMOUNT),
    Column("ConsumedUnit", _TEXT),
    Column("PricingQuantity", _AMOUNT),
    Column("PricingUnit", _TEXT),
    *_columns(_AMOUNT, "ListCost", "ContractedCost", "EffectiveCost", "BilledCost"),
)
ABSENT_COLUMNS = frozenset(
    {
        *("CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName"),
        *("CommitmentDiscountStatus", "CommitmentDiscountType", "ResourceName", "ResourceType"),
        *("SkuId", "SkuPriceId", "Tags", "ContractedUnitPrice", "ListUnitPrice"),
    }
)


def billing_period(cycle: str) -> tuple[str, str]:
    """The half-open billing period of a cycle, RFC 3339.

    It is written as that month in UTC: so do providers, and so does an import read its cycle.
    """
    month = BillingMonth.parse(cycle)
    return f"{month}-01T00:00:00Z", f"{month.plus(1)}-01T00:00:00Z"


def partner_cells(partner_id: int, name: str, vendor: str) -> dict[str, str]:
    """The cells that every row of a partner's file has: who owes, and to whom."""
    return {
        "BillingAccountId": public_id(IdPrefix.PARTNER, partner_id),
        "BillingAccountName": name,
        "InvoiceIssuerName": vendor,
        "ProviderName": vendor,
        "ServiceCategory": "Other",
        **dict.fromkeys(ABSENT_COLUMNS, ""),
    }
