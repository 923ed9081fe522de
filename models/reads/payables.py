"""Bills as a payment sees them, read within the transaction that pays."""

from decimal import Decimal

from models.adapters.database import Tx
from models.rules.money import EXACT
from models.rules.payments import Payable
from models.rules.states import BillStatus, is_payable, payment_status


async def payables(tx: Tx, partner_id: int) -> list[Payable]:
    """All bills of a partner, oldest cycle first, by id within one."""
    rows = await tx.fetch(
        "SELECT b.id, b.currency, b.status, b.paid, v.amount_due, p.confirmation_required"
        " FROM bills b JOIN bill_versions v ON v.id = b.version_id"
        " JOIN partners p ON p.id = b.partner_id"
        " WHERE b.partner_id = $1 ORDER BY b.cycle, b.id",
        partner_id,
    )
    return [
        _payable(
            (row["id"], row["currency"]),
            due=Decimal(row["amount_due"]),
            paid=Decimal(row["paid"]),
            payable=is_payable(
                BillStatus(row["status"]), confirmation_required=bool(row["confirmation_required"])
            ),
        )
        for row in rows
    ]


def _payable(bill: tuple[int, str], *, due: Decimal, paid: Decimal, payable: bool) -> Payable:
    status = payment_status(payable=payable, due=due, paid=paid)
    return Payable(*bill, status, EXACT.subtract(due, paid))
