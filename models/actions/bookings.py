"""Booking a bill: what it asks for becomes a debt in the ledger, or a credit (R14, R17)."""

from datetime import datetime
from decimal import Decimal

from models.actions.cycles import next_posting, open_cycle
from models.actions.ledger import Transaction, post
from models.actions.postings import Billable, mark_posted
from models.adapters.database import Tx
from models.rules.digests import charge_checksum, charge_key
from models.rules.ids import IdPrefix, public_id
from models.rules.ledger import bill_sides, carried_credit_sides
from models.rules.money import EXACT, amount_text
from models.rules.months import BillingMonth
from models.rules.states import ChargeType, CreditPolicy, LedgerEvent, Market
from models.rules.totals import credit_of
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.partners import Partner

CARRIED_CREDIT = "Credit carried forward"


async def book_bill(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> None:
    """Bring the ledger up to the bill's current version; a second run changes nothing.

    A version that follows a booked one moves the difference only. A credit, or its change, is put
    on the next open bill where the partner's policy is CARRIED, and leaves this one's account.
    """
    before, after = bill.booked, version.bill_amount
    if before == after:
        return
    await tx.execute("UPDATE bills SET booked = $2 WHERE id = $1", bill.id, after)
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
    posting = await next_posting(tx, bill.partner_id)
    charge = _carried_credit(bill, carried, EXACT.minus(credit))
    await Charge.create(using_db=tx.client, cycle=cycle, posting=posting, posted_at=now, **charge)
    billable = Billable(cycle, bill.kind, bill.currency)
    await mark_posted(tx, bill.partner_id, [billable], posting=posting)


def _carried_credit(bill: Bill, ref: str, amount: Decimal) -> dict[str, object]:
    """An adjustment of no customer; unique by the version whose credit it is."""
    says = (bill.kind, bill.currency, ref, amount_text(amount))
    return {
        "partner_id": bill.partner_id,
        "kind": bill.kind,
        "currency": bill.currency,
        "charge_type": ChargeType.ADJUSTMENT.value,
        "category": "Credit",
        "market": Market.CLOUD.value,
        "product": CARRIED_CREDIT,
        "billing_mode": "ONE_TIME",
        "transaction_ref": ref,
        "description": f"{CARRIED_CREDIT} from {bill.cycle}",
        "amount": amount,
        "origin_cycle": bill.cycle,
        "account": "",
        "key": charge_key(CARRIED_CREDIT, *says),
        "occurrence": 0,
        "checksum": charge_checksum(CARRIED_CREDIT, *says),
    }
