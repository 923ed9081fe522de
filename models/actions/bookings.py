"""Booking a bill: what it asks for becomes a debt in the ledger, or a credit (R14, R17)."""

from datetime import datetime
from decimal import Decimal

from models.actions.charges import About, Adjustment, post_adjustment
from models.actions.cycles import open_cycle
from models.actions.invoices import issue_invoice
from models.actions.ledger import Transaction, carried_so_far, post
from models.actions.postings import Billable
from models.adapters.database import Tx
from models.rules.ids import IdPrefix, public_id
from models.rules.ledger import bill_sides, carried_credit_sides
from models.rules.money import EXACT
from models.rules.months import BillingMonth
from models.rules.states import AdjustmentReason, CreditPolicy, LedgerEvent
from models.rules.totals import carried_of, credit_of
from models.tables.bills import Bill, BillVersion
from models.tables.partners import Partner

CARRIED_CREDIT = "Credit carried forward"


async def book_bill(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> None:
    """Bring the ledger up to the bill's current version; a second run changes nothing.

    Every booking has its document, an invoice or a credit note. A version that follows a booked one
    moves the difference only. What of the bill's credit is to be carried leaves its account, and is
    put on the next open bill.
    """
    await issue_invoice(tx, bill, version, now=now)
    before, after = bill.booked, version.bill_amount
    if before == after:
        return
    await tx.execute(
        "UPDATE bills SET booked = $3 WHERE partner_id = $1 AND id = $2",
        *(bill.partner_id, bill.id, after),
    )
    sides, ref = bill_sides(EXACT.subtract(after, before)), _ref(bill, version)
    entry = Transaction(bill.partner_id, bill.currency, LedgerEvent.BILL, ref, sides)
    await post(tx, entry, now=now)
    if credit_of(before) or credit_of(after):
        await _carry_credit(tx, bill, version, now=now)


def _ref(bill: Bill, version: BillVersion) -> str:
    return f"{public_id(IdPrefix.BILL, bill.id)}/{version.number}"


async def _carry_credit(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> None:
    """Carry what by the partner's policy is to be carried now, or take back what is not any more.

    The policy may have changed since the version before: what counts is what was carried.
    """
    partner = await Partner.get(id=bill.partner_id, using_db=tx.client)
    name, policy = public_id(IdPrefix.BILL, bill.id), CreditPolicy(partner.credit_policy)
    so_far = await carried_so_far(tx, bill.partner_id, bill.currency, name)
    carried = carried_of(version.credit, so_far=so_far, policy=policy)
    if carried != so_far:
        change = EXACT.subtract(carried, so_far)
        await _carry(tx, bill, f"{_ref(bill, version)}/carried", change, now=now)


async def _carry(tx: Tx, bill: Bill, carried: str, credit: Decimal, *, now: datetime) -> None:
    event, sides = LedgerEvent.CREDIT_CARRIED, carried_credit_sides(credit)
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
