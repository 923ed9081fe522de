"""The invented year as it was lived: bills issued month by month, confirmed, questioned and paid.

Each step is a verb of the product, at the time at which it would have happened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from jobs.demo.cast import CHANNEL_MANAGER, PARTS
from jobs.demo.storage import SALES, DemoBuckets, enable_storage_for
from jobs.generation import generate_due
from models.actions.adjustments import AdjustmentOrder, adjust_bill
from models.actions.billing_addresses import set_billing_address
from models.actions.confirmations import confirm_bill
from models.actions.coupons import Grant, grant_coupon
from models.actions.deposits import TopUp, top_up_deposit
from models.actions.disputes import DisputeOrder, open_dispute, reply_to_dispute
from models.actions.payments import pay_bills
from models.actions.shown import ShownVersion
from models.actions.taxes import TaxOrder, set_taxes
from models.adapters.database import Database
from models.rules.billing_addresses import Party
from models.rules.corrections import Change
from models.rules.cutoffs import issue_window, newest_due_cycle
from models.rules.derived import Tax
from models.rules.money import Money
from models.rules.months import BillingMonth, billing_zone
from models.rules.payments import PaymentOrder
from models.rules.principals import Principal, Role
from models.rules.states import AdjustmentReason
from models.tables.bills import Bill, BillVersion
from models.tables.partners import Partner

UTC_ZONE = billing_zone("UTC")
MANAGER = Principal(CHANNEL_MANAGER, Role.CHANNEL_MANAGER)
# Bills of this many newest months are not confirmed yet.
OPEN_MONTHS = 2
# Which partners have a bucket, by their place.
STORING = (0, 2)
ESTIMATE_DAYS = (6, 11, 16, 21, 26)
ADDRESSES = (
    Party("云岭数字科技有限公司", "科技路 18 号", "西安", "710075", "CN", "91610131MA6U0EXAMPLE"),
    Party("Nordlicht Systemhaus GmbH", "Beispielweg 7", "Berlin", "10115", "DE", "DE999999999"),
    Party("Harbourline Cloud Partners", "1 Example Quay", "Singapore", "018900", "SG", "M9EXAMPLE"),
    Party("Cedar & Finch Resellers Ltd", "12 Example Row", "London", "EC1A 1AA", "GB"),
)


@dataclass(frozen=True, slots=True)
class Year:
    """Some months up to now, for the partners in the order of their registration."""

    db: Database
    first: BillingMonth
    now: datetime
    buckets: DemoBuckets | None = None


async def live(year: Year) -> int:
    """Play the year; how many bills there are then. To repeat it changes nothing."""
    partners = await Partner.all().order_by("id")
    await _set_terms(year, [partner.id for partner in partners])
    month, newest = year.first, newest_due_cycle(year.now, UTC_ZONE)
    while month <= newest:
        await _estimate(year, month)
        if month == newest:
            await _store(year, [partner.id for partner in partners])
        for zone in sorted({partner.time_zone for partner in partners}):
            at = min(issue_window(month, billing_zone(zone)).opens, year.now)
            await generate_due(year.db, now=at + timedelta(minutes=20))
        await _settle(year, partners, month)
        month = month.plus(1)
    await _estimate(year, month)
    await generate_due(year.db, now=year.now)
    await _open_questions(year, partners)
    return await Bill.all().count()


async def _set_terms(year: Year, partners: list[int]) -> None:
    """Addresses for all; VAT for the second, coupons for the first and the third."""
    begin = year.first.bounds(UTC_ZONE)[0]
    for partner, address in zip(partners, ADDRESSES, strict=False):
        await year.db.transact(
            set_billing_address, SALES, partner_id=partner, address=address, now=begin
        )
    taxes = TaxOrder(partners[1], str(year.first), [Tax("VAT 19 %", Decimal("0.19"))])
    await year.db.transact(set_taxes, SALES, taxes, now=begin)
    last_month = BillingMonth.at(year.now, UTC_ZONE)
    days = (last_month.plus(-1).first_day, last_month.plus(3).last_day)
    for partner, worth in ((partners[0], Money(Decimal(2500), "CNY")),
                           (partners[2], Money(Decimal("333.33"), "USD"))):  # fmt: skip
        grant = Grant(partner, "Partner day voucher", worth, days, "demo")
        await year.db.transact(grant_coupon, SALES, grant, now=begin)


async def _store(year: Year, partners: list[int]) -> None:
    """Files of the first and the third go to their buckets since the last day of last month."""
    if year.buckets is None:
        return
    this_month = BillingMonth.at(year.now, UTC_ZONE).bounds(UTC_ZONE)[0]
    sub_accounts = [set(part.own_accounts) - set(part.accounts) for part in PARTS]
    for number in STORING:
        await enable_storage_for(
            year.db,
            year.buckets,
            partners[number],
            sorted(sub_accounts[number]),
            now=this_month - timedelta(hours=14),
        )


async def _estimate(year: Year, month: BillingMonth) -> None:
    """Take the month's estimates on some of its days, as far as they have come."""
    begin = month.bounds(UTC_ZONE)[0]
    for day in ESTIMATE_DAYS:
        at = begin + timedelta(days=day - 1, hours=20)
        if at < year.now:
            await generate_due(year.db, now=at)


async def _settle(year: Year, partners: list[Partner], month: BillingMonth) -> None:
    """Confirm the month's bills on the 8th and pay them on the 20th, but for the newest months."""
    if month > newest_due_cycle(year.now, UTC_ZONE).plus(-OPEN_MONTHS):
        return
    after = month.plus(1).bounds(UTC_ZONE)[0]
    for partner in partners:
        finance = Principal("demo.finance", Role.PARTNER_FINANCE, partner.id)
        bills = await Bill.filter(partner_id=partner.id, cycle=str(month)).order_by("id")
        for bill in bills:
            if partner.confirmation_required:
                at = after + timedelta(days=7, hours=2)
                await year.db.transact(confirm_bill, finance, await _shown(bill.id), now=at)
            await _pay(year, finance, bill, now=after + timedelta(days=19, hours=3))


async def _shown(bill_id: int) -> ShownVersion:
    bill = await Bill.get(id=bill_id)
    version = await BillVersion.get(id=bill.version_id)
    return ShownVersion(bill_id, version.number, version.digest)


async def _pay(year: Year, finance: Principal, bill: Bill, *, now: datetime) -> None:
    version = await BillVersion.get(id=(await Bill.get(id=bill.id)).version_id)
    due = Money(version.amount_due, bill.currency)
    if not due.amount:
        return
    key = f"demo-{bill.id}"
    await year.db.transact(top_up_deposit, SALES, TopUp(bill.partner_id, due, key), now=now)
    order = PaymentOrder([bill.id], due, key)
    await year.db.transact(pay_bills, finance, order, now=now)


async def _open_questions(year: Year, partners: list[Partner]) -> None:
    """What waits for somebody: an adjusted bill, a disputed one, a correction to come."""
    newest = newest_due_cycle(year.now, UTC_ZONE)
    yesterday = year.now - timedelta(hours=20)
    third, second = partners[2].id, partners[1].id
    await _adjust(year, third, (str(newest), "-25.50"), "Goodwill after the incident of the 3rd")
    await _adjust(year, third, (str(newest.plus(-OPEN_MONTHS)), "-12.00"), "List price corrected")
    bill = await _bill(second, str(newest))
    finance = Principal("demo.finance", Role.PARTNER_FINANCE, second)
    if bill.status != "ISSUED":
        return
    order = DisputeOrder(
        await _shown(bill.id), "Are the hosts that we returned on the 12th on it?", None, "demo"
    )
    dispute = await year.db.transact(open_dispute, finance, order, now=yesterday)
    says = "We are looking into it and will answer today."
    at = yesterday + timedelta(hours=2)
    await year.db.transact(reply_to_dispute, MANAGER, dispute, says, now=at)


async def _bill(partner: int, cycle: str) -> Bill:
    bills = Bill.filter(partner_id=partner, cycle=cycle, kind="RESELLER")
    found = await bills.order_by("-currency", "id").first()
    assert found is not None
    return found


async def _adjust(year: Year, partner: int, change: tuple[str, str], why: str) -> None:
    cycle, amount = change
    bill = await _bill(partner, cycle)
    order = AdjustmentOrder(
        ShownVersion(bill.id, bill.version, None),
        Change(Money(Decimal(amount), bill.currency), why),
        AdjustmentReason.GOODWILL,
        f"demo-{cycle}",
    )
    await year.db.transact(adjust_bill, MANAGER, order, now=year.now - timedelta(hours=20))
