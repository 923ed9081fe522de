"""Bills as a payment sees them, read within the transaction that pays."""

from decimal import Decimal
from typing import Any

from models.adapters.database import Tx
from models.reads.engine.shapes import exists
from models.rules.collections import IN_PROGRESS
from models.rules.money import EXACT
from models.rules.payments import Payable
from models.rules.states import BillStatus, is_payable, payment_status

# Whether a payment on a bill is under way; `{bill}` is the bill's alias.
IS_RESERVED = exists(
    "allocations ra JOIN payments ry"
    " ON ry.partner_id = ra.partner_id AND ry.id = ra.payment_id"
    " WHERE ra.partner_id = {bill}.partner_id AND ra.bill_id = {bill}.id AND ry.status IN ("
    + ", ".join(f"'{status}'" for status in sorted(IN_PROGRESS))
    + ")"
)


async def payables(tx: Tx, partner_id: int) -> list[Payable]:
    """All bills of a partner, oldest cycle first, by id within one."""
    rows = await tx.fetch(
        "SELECT b.id, b.currency, b.status, b.paid, v.amount_due, b.confirmation_required,"
        f" {IS_RESERVED.format(bill='b')} AS is_reserved"
        " FROM bills b JOIN bill_versions v"
        " ON v.partner_id = b.partner_id AND v.id = b.version_id"
        " WHERE b.partner_id = $1 ORDER BY b.cycle, b.id",
        partner_id,
    )
    return [
        _payable(
            row,
            due=Decimal(row["amount_due"]),
            paid=Decimal(row["paid"]),
            payable=is_payable(
                BillStatus(row["status"]), confirmation_required=bool(row["confirmation_required"])
            ),
        )
        for row in rows
    ]


def _payable(row: Any, *, due: Decimal, paid: Decimal, payable: bool) -> Payable:
    return Payable(
        bill_id=row["id"],
        currency=row["currency"],
        status=payment_status(payable=payable, due=due, paid=paid),
        outstanding=EXACT.subtract(due, paid),
        is_reserved=bool(row["is_reserved"]),
    )
