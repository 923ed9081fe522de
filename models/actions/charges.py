"""Charges of our own making: adjustments, each in a batch of its own (R17, R20)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.actions.cycles import next_posting
from models.actions.postings import Billable, mark_posted
from models.adapters.database import Tx
from models.rules.digests import charge_checksum, charge_key
from models.rules.money import amount_text
from models.rules.states import AdjustmentReason, ChargeType, Market
from models.tables.charges import Charge

ADJUSTMENT = "Adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where on a bill an adjustment stands: of which customer, under which product.

    `corrects` is the charge that it takes back or restores, `original_ref` how files name that.
    """

    customer_id: int | None = None
    account: str = ""
    product: str = ADJUSTMENT
    market: str = Market.CLOUD.value
    region: str | None = None
    resource: str | None = None
    transaction_ref: str | None = None
    original_ref: str | None = None
    corrects: Charge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A signed amount for the bill of `billable`, meant for the month `origin_cycle`.

    `source` is what made it: the same source makes the same charge, once.
    """

    billable: Billable
    origin_cycle: str
    amount: Decimal
    reason: AdjustmentReason
    description: str
    source: tuple[object, ...]
    category: str = ADJUSTMENT
    about: About = About()


async def post_adjustment(
    tx: Tx, partner_id: int, adjustment: Adjustment, *, now: datetime
) -> Charge:
    """Write the charge and tell the schedule; called under `lock_partner`."""
    posting = await next_posting(tx, partner_id)
    billable, about = adjustment.billable, adjustment.about
    charge: Charge = await Charge.create(
        using_db=tx.client,
        partner_id=partner_id,
        cycle=billable.cycle,
        kind=billable.kind,
        currency=billable.currency,
        posting=posting,
        customer_id=about.customer_id,
        charge_type=ChargeType.ADJUSTMENT.value,
        category=adjustment.category,
        market=about.market,
        product=about.product,
        region=about.region,
        resource=about.resource,
        billing_mode="ONE_TIME",
        transaction_ref=about.transaction_ref,
        original_ref=about.original_ref,
        description=adjustment.description,
        posted_at=now,
        amount=adjustment.amount,
        origin_cycle=adjustment.origin_cycle,
        account=about.account,
        key=charge_key(adjustment.category, *adjustment.source),
        occurrence=0,
        checksum=charge_checksum(*_said(adjustment)),
        reason=adjustment.reason.value,
        corrects_id=about.corrects.id if about.corrects else None,
    )
    await mark_posted(tx, partner_id, [billable], posting=posting)
    return charge


def _said(adjustment: Adjustment) -> tuple[object, ...]:
    """What it says for ever: not its cycle, as it may be moved on; and never row numbers."""
    billable, about = adjustment.billable, adjustment.about
    return (
        *(billable.kind, billable.currency, adjustment.origin_cycle),
        *(adjustment.category, adjustment.reason.value, adjustment.description),
        *(about.account, about.product, about.market, about.region or "", about.resource or ""),
        *(about.transaction_ref or "", about.original_ref or ""),
        about.corrects.key.hex() if about.corrects else "",
        amount_text(adjustment.amount),
    )
