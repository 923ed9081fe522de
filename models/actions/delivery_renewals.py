"""A month's file made anew: its bill came, or has another version (R51)."""

import json

from models.actions.delivery_rows import is_provisional
from models.adapters.database import Tx
from models.reads.delivery_terms import Cuts, cuts_json
from models.rules.delivery_days import Span
from models.rules.months import BillingMonth
from models.rules.storage_states import DeliveryKind
from models.tables.deliveries import Delivery
from models.tables.partners import Partner


async def renew_month(tx: Tx, delivery: Delivery) -> None:
    """Let a month's file that was delivered be made of what there is by now, where that differs.

    It becomes a file of its own, under a new name: what is in a bucket is never overwritten. What
    stands in all others is fixed for ever (I15). Under `lock_partner`.
    """
    if delivery.kind != DeliveryKind.MONTHLY:
        return
    partner = await Partner.get(id=delivery.partner_id, using_db=tx.client)
    cycle = BillingMonth.parse(delivery.cycle)
    cuts = Cuts(partner.last_posting)
    await cuts.read(tx, partner.id, cycle, cycle)
    present = cuts.of(DeliveryKind.MONTHLY, Span(delivery.first_day, delivery.last_day))
    no_bill_yet = is_provisional(DeliveryKind.MONTHLY, present)
    said = cuts_json(present)
    if (said, no_bill_yet) == (delivery.through_posting, delivery.is_provisional):
        return
    await tx.execute(
        "UPDATE deliveries SET through_posting = $3, is_provisional = $4, file_name = NULL,"
        " rows = NULL, size_bytes = NULL, sha256 = NULL, control_sums = NULL, delivered_at = NULL"
        " WHERE partner_id = $1 AND id = $2",
        *(delivery.partner_id, delivery.id, json.dumps(said), no_bill_yet),
    )
