"""A charge as a row of a FOCUS 1.0 file (FinOps Open Cost and Usage Specification)."""

from datetime import datetime
from decimal import Decimal
from functools import cache

from jobs.demo.catalogue import REGIONS, VENDOR
from jobs.demo.charges import Charge, Item
from models.rules.months import BillingMonth

# The mandatory columns, and of the conditional ones those that this vendor has something to say in.
COLUMNS = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
]


def row_of(charge: Charge, month: BillingMonth, partner_name: str) -> list[str]:
    """One row, in the order of COLUMNS; a value that is absent is an empty cell."""
    start, end = charge.between
    row = {
        "BilledCost": _plain(charge.billed),
        "BillingAccountId": charge.billing_account,
        "BillingAccountName": partner_name,
        "BillingCurrency": charge.currency,
        "BillingPeriodEnd": _month_start(month.year, month.month + 1),
        "BillingPeriodStart": _month_start(month.year, month.month),
        "ChargeCategory": charge.category,
        "ChargeClass": charge.charge_class,
        "ChargeDescription": charge.description,
        "ChargeFrequency": charge.frequency,
        "ChargePeriodEnd": _instant(end),
        "ChargePeriodStart": _instant(start),
        "ContractedCost": _plain(charge.billed),
        "EffectiveCost": _plain(charge.billed),
        "InvoiceIssuerName": VENDOR,
        "ListCost": _plain(charge.listed),
        "ProviderName": VENDOR,
        "PublisherName": VENDOR,
        "ServiceCategory": "Other",
        "ServiceName": "Account",
    }
    row |= _customer_columns(charge) | _item_columns(charge)
    return [row.get(column, "") for column in COLUMNS]


def _customer_columns(charge: Charge) -> dict[str, str]:
    if not charge.customer:
        return {}
    return {"SubAccountId": charge.customer.account, "SubAccountName": charge.customer.name}


def _item_columns(charge: Charge) -> dict[str, str]:
    item = charge.item
    if not item:
        return {}
    row = {
        "PricingCategory": "Committed" if charge.frequency == "Recurring" else "Standard",
        "PublisherName": item.product.publisher,
        "RegionId": item.region,
        "RegionName": REGIONS.get(item.region, ""),
        "ResourceId": item.resource,
        "ServiceCategory": item.product.category,
        "ServiceName": item.product.service,
        "SkuId": item.product.sku,
        "SkuPriceId": f"{item.product.sku}.{charge.currency}",
    }
    return row | _quantity_columns(charge, item)


def _quantity_columns(charge: Charge, item: Item) -> dict[str, str]:
    if charge.quantity is None or charge.unit_price is None:
        return {}
    unit, quantity = item.product.unit, _plain(charge.quantity)
    contracted = charge.unit_price * (100 - item.discount_percent) / 100
    row = {
        "ContractedUnitPrice": _plain(contracted),
        "ListUnitPrice": _plain(charge.unit_price),
        "PricingQuantity": quantity,
        "PricingUnit": unit,
    }
    if charge.category == "Usage":
        row |= {"ConsumedQuantity": quantity, "ConsumedUnit": unit}
    return row


@cache
def _month_start(year: int, month: int) -> str:
    """Calendar months in UTC, as vendors write them, whatever the partner's zone is."""
    return f"{BillingMonth(year, 1).plus(month - 1)}-01T00:00:00Z"


@cache
def _instant(moment: datetime) -> str:
    return moment.isoformat()[:19] + "Z"


def _plain(amount: Decimal) -> str:
    return format(amount, "f")
