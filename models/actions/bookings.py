"""Booking a bill: what it asks for becomes a debt in the ledger, or a credit (R14, R17)."""

from datetime import datetime
from decimal import Decimal

from models.actions.charges import About, Adjustment, post_adjustment
from models.actions.cycles import open_cycle
from models.actions.invoices import issue_invoice
from models.actions.ledger import Transaction, post
from models.actions.postings import Billable
from models.adapters.database import Tx
from models.rules.ids import IdPrefix, public_id
from models.rules.ledger import bill_sides, carried_credit_sides
from models.rules.money import EXACT
from models.rules.months import BillingMonth
from models.rules.states import AdjustmentReason, CreditPolicy, LedgerEvent
from models.rules.totals import credit_of
from models.tables.bills import Bill, BillVersion
from models.tables.partners import Partner

CARRIED_CREDIT = "Credit carried forward"


async def book_bill(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> None:
    """Bring the ledger up to the bill's current version; a second run changes nothing.

    Every booking has its document, an invoice or a credit note. A version that follows a booked one
    moves the difference only. A credit, or its change, is put on the next open bill where the
    partner's policy is CARRIED, and leaves this one's account.
    """
    await issue_invoice(tx, bill, version, now=now)
    before, after = bill.booked, version.bill_amount
    if before == after:
        return
    await tx.execute(
        "UPDATE bills SET booked = $3 WHERE partner_id = $1 AND id = $2",
        *(bill.partner_id, bill.id, after),
    )
    ref = f"{public_id(IdPrefix.BILL, bill.id)}/{version.number}"
    sides = bill_sides(EXACT.subtract(after, before))
    entry = Transaction(bill.partner_id, bill.currency, LedgerEvent.BILL, ref, sides)
    await post(tx, entry, now=now)
    credit = EXACT.subtract(credit_of(after), credit_of(before))
    partner = await Partner.get(id=bill.partner_id, using_db=tx.client)
    if credit and partner.credit_policy == CreditPolicy.CARRIED:
        await _carry(tx, bill, ref, credit, now=now)


async def _carry(tx: Tx, bill: Bill, ref: str, credit: Decimal, *, now: datetime) -> None:
    event, sides = LedgerEvent.CREDIT_CARRIED, carried_credit_sides(credit)
    carried = f"{ref}/carried"
    entry = Transaction(bill.partner_id, bill.currency, event, carried, sides)
    await post(tx, entry, now=now)
    cycle = await open_cycle(
        tx,
        partner_id=bill.partner_id,
        cycle=str(BillingMonth.parse(bill.cycle).plus(1)),
        kind=bill.kind,
        currency=bill.currency,
    )
    adjustment = Adjustment(
        billable=Billable(cycle, bill.kind, bill.currency),
        origin_cycle=bill.cycle,
        amount=EXACT.minus(credit),
        reason=AdjustmentReason.CARRIED_CREDIT,
        category="Credit",
        description=f"{CARRIED_CREDIT} from {bill.cycle}",
        source=(carried,),
        about=About(product=CARRIED_CREDIT, transaction_ref=carried),
    )
    await post_adjustment(tx, bill.partner_id, adjustment, now=now)
