"""What a charge and a derived line say in the columns of FOCUS, as SQL."""

from models.adapters.dialects import Dialect
from models.rules.focus_export import MARKETPLACE_PUBLISHER

_COSTS = ("ListCost", "ContractedCost", "EffectiveCost", "BilledCost")


def charge_cells(d: Dialect, first: int) -> dict[str, str]:
    """An expression for each column; binds the billing period and the vendor, `first` and on."""
    start, end, vendor = (f"CAST(${n} AS TEXT)" for n in range(first, first + 3))
    used_from, used_until = d.instant_brief("c.usage_start"), d.instant_brief("c.usage_end")
    amount, quantity = d.amount_text("c.amount"), d.amount_text("c.quantity")
    return {
        "x_ChargeId": "'chg_' || c.id",
        **dict.fromkeys(("SubAccountId", "SubAccountName"), "k.token"),
        "ChargeCategory": "c.category",
        # It belongs to a month that was billed before.
        "ChargeClass": "CASE WHEN c.corrects_id IS NOT NULL OR c.cycle <> c.origin_cycle"
        " THEN 'Correction' END",
        "ChargeFrequency": "CASE WHEN c.billing_mode = 'SUBSCRIPTION' THEN 'Recurring'"
        " WHEN c.billing_mode = 'PAY_PER_USE' AND c.category <> 'Purchase' THEN 'Usage-Based'"
        " ELSE 'One-Time' END",
        "ChargeDescription": "c.description",
        "PublisherName": f"CASE WHEN c.market = 'MARKETPLACE' THEN '{MARKETPLACE_PUBLISHER}'"
        f" ELSE {vendor} END",
        "ServiceName": "c.product",
        **dict.fromkeys(("RegionId", "RegionName"), "c.region"),
        "ResourceId": "c.resource",
        "x_TransactionId": "c.transaction_ref",
        "x_OriginalChargeId": "c.original_ref",
        "ChargePeriodStart": f"coalesce({used_from}, {used_until}, {start})",
        "ChargePeriodEnd": f"coalesce({used_until}, {used_from}, {end})",
        "PricingCategory": "CASE WHEN c.category IN ('Usage', 'Purchase') THEN 'Standard' END",
        "ConsumedQuantity": f"CASE WHEN c.category = 'Usage' THEN {quantity} END",
        "ConsumedUnit": "CASE WHEN c.category = 'Usage' AND c.quantity IS NOT NULL THEN c.unit END",
        "PricingQuantity": quantity,
        "PricingUnit": "CASE WHEN c.quantity IS NOT NULL THEN c.unit END",
        "ListCost": d.amount_text("coalesce(c.list_amount, c.amount)"),
        **dict.fromkeys(("ContractedCost", "EffectiveCost", "BilledCost"), amount),
    }


def derived_cells(d: Dialect) -> dict[str, str]:
    """An expression for each column in which derived lines differ."""
    return {
        "ChargeCategory": "CASE l.line_type WHEN 'COUPON' THEN 'Credit' WHEN 'TAX' THEN 'Tax'"
        " ELSE 'Adjustment' END",
        "ChargeDescription": "l.name",
        **dict.fromkeys(_COSTS, d.amount_text("l.amount")),
    }
