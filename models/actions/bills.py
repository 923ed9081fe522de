"""Issuing bills, and issuing them again when charges came late (R4, R5, R10, R17)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.bookings import book_bill
from models.actions.controls import charge_sums
from models.actions.cycles import move_later_charges, newest_posting
from models.actions.deliveries import bill_issued
from models.actions.derivations import derived_lines
from models.actions.events import announce, bill_event
from models.actions.locks import lock_partner
from models.actions.postings import Billable, mark_billed
from models.actions.versions import Occasion, write_version
from models.adapters.database import Tx
from models.rules.cutoffs import issue_window, payment_due
from models.rules.derived import ZERO
from models.rules.errors import Conflict, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.months import BillingMonth, billing_zone
from models.rules.states import BillStatus, EventType, VersionReason
from models.rules.totals import bill_totals
from models.tables.bills import Bill, BillVersion
from models.tables.partners import Partner


async def issue_bills(
    tx: Tx, *, partner_id: int, cycle: str, now: datetime, force: bool = False
) -> list[int]:
    """Issue the partner's bills of a cycle that are not there yet; their ids.

    One for each kind and currency with charges; a second run finds nothing to do. `force` does not
    wait for the issue window. Raises NotFound, Conflict (INVALID_STATE) while the cycle runs or its
    window is closed, and BILL_OUT_OF_BALANCE.
    """
    month = BillingMonth.parse(cycle)
    await lock_partner(tx, partner_id)
    partner = await Partner.get(id=partner_id, using_db=tx.client)
    _require_due(month, partner, now, force=force)
    missing = await _missing_bills(tx, partner_id, cycle)
    # All are worked out before the first is numbered: from then on until the end of this
    # transaction, every other partner's documents wait for their numbers.
    made = [await _make(tx, partner, billable, now=now) for billable in missing]
    for bill, version in made:
        await _conclude(tx, bill, version, now=now)
        await bill_issued(tx, bill, now=now)
    return [int(bill.id) for bill, _ in made]


def _require_due(month: BillingMonth, partner: Partner, now: datetime, *, force: bool) -> None:
    zone = billing_zone(partner.time_zone)
    opens = issue_window(month, zone).opens
    if force:
        opens = month.bounds(zone)[1]
    if now < opens:
        local = opens.astimezone(zone)
        raise Conflict(f"The bill of {month} is issued from {local:%Y-%m-%d %H:%M} ({zone}) on.")


async def _missing_bills(tx: Tx, partner_id: int, cycle: str) -> list[Billable]:
    rows = await tx.fetch(
        "SELECT c.kind, c.currency FROM billable_cycles c LEFT JOIN bills b"
        " ON b.partner_id = c.partner_id AND b.cycle = c.cycle AND b.kind = c.kind"
        " AND b.currency = c.currency"
        " WHERE c.partner_id = $1 AND c.cycle = $2 AND b.id IS NULL ORDER BY c.kind, c.currency",
        partner_id,
        cycle,
    )
    return [Billable(cycle, row["kind"], row["currency"]) for row in rows]


async def _make(
    tx: Tx, partner: Partner, billable: Billable, *, now: datetime
) -> tuple[Bill, BillVersion]:
    window = issue_window(BillingMonth.parse(billable.cycle), billing_zone(partner.time_zone))
    bill = await Bill.create(
        using_db=tx.client,
        partner_id=partner.id,
        cycle=billable.cycle,
        kind=billable.kind,
        currency=billable.currency,
        status=BillStatus.ISSUED.value,
        confirmation_required=partner.confirmation_required,
        version=1,
        version_id=0,
        paid=ZERO,
        is_late=window.is_missed_at(now),
        issued_at=now,
        due_at=payment_due(now, partner.payment_days),
    )
    occasion = Occasion(VersionReason.ISSUED, partner.last_posting)
    version = await write_version(tx, bill, occasion, now=now)
    await tx.execute(
        "UPDATE bills SET version_id = $3 WHERE partner_id = $1 AND id = $2",
        *(partner.id, bill.id, version.id),
    )
    return bill, version


async def reissue_bill(tx: Tx, *, bill_id: int, now: datetime) -> bool:
    """Make a new version of an issued bill that got charges since; the old one is kept.

    Whether nothing is left to do: False while the bill is disputed. Charges that would take the
    amount due below what is already paid go on to the next open bill instead (I6). Raises NotFound,
    Conflict (BILL_OUT_OF_BALANCE).
    """
    bill = await _locked(tx, bill_id)
    if bill.status != BillStatus.ISSUED:
        return bill.status == BillStatus.CONFIRMED
    await take_up(tx, bill, VersionReason.LATE_CHARGES, now=now)
    return True


async def take_up(
    tx: Tx, bill: Bill, reason: VersionReason, *, note: str | None = None, now: datetime
) -> BillVersion | None:
    """Put what came since on a new version of an issued bill; called under `lock_partner`.

    None where nothing came, or where less would be owed than is paid already: then it all goes on
    to the next open bill (I6). Raises what `renew_bill` raises.
    """
    previous = await BillVersion.get(
        id=bill.version_id, partner_id=bill.partner_id, using_db=tx.client
    )
    billable = Billable(bill.cycle, bill.kind, bill.currency)
    through = previous.through_posting
    newest = await newest_posting(tx, bill.partner_id, billable)
    if newest <= through:
        return None
    if await would_owe_less_than_paid(tx, bill, now=now):
        await move_later_charges(tx, bill.partner_id, billable, through_posting=through)
        return None
    return await renew_bill(tx, bill, reason, note=note, now=now)


async def renew_bill(
    tx: Tx, bill: Bill, reason: VersionReason, *, note: str | None = None, now: datetime
) -> BillVersion:
    """Make the next version of an issued bill, with every charge it has by now, the current one.

    Called under `lock_partner`. The amount due must not fall below what is paid: ask
    `would_owe_less_than_paid` before. Raises Conflict (BILL_OUT_OF_BALANCE, or that the bill is not
    ISSUED any more).
    """
    previous = await BillVersion.get(
        id=bill.version_id, partner_id=bill.partner_id, using_db=tx.client
    )
    billable = Billable(bill.cycle, bill.kind, bill.currency)
    newest = await newest_posting(tx, bill.partner_id, billable)
    through = max(newest, previous.through_posting)
    version = await write_version(tx, bill, Occasion(reason, through, previous, note), now=now)
    await _move_on(tx, bill, version, now=now)
    return version


async def _locked(tx: Tx, bill_id: int) -> Bill:
    bill = await Bill.get_or_none(id=bill_id, using_db=tx.client)
    if bill is None:
        raise NotFound("There is no such bill.")
    await lock_partner(tx, bill.partner_id)
    return await Bill.get(id=bill_id, partner_id=bill.partner_id, using_db=tx.client)


async def would_owe_less_than_paid(tx: Tx, bill: Bill, *, now: datetime) -> bool:
    """Whether a version of all the charges that the bill has by now would break I6."""
    if not bill.paid:
        return False
    billable = Billable(bill.cycle, bill.kind, bill.currency)
    newest = await newest_posting(tx, bill.partner_id, billable)
    sums = await charge_sums(tx, bill, through_posting=newest)
    totals = bill_totals(sums, await derived_lines(tx, bill, sums, now=now))
    return totals.amount_due < bill.paid


async def _move_on(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> None:
    changed = await tx.execute(
        "UPDATE bills SET version = $3, version_id = $4"
        " WHERE partner_id = $1 AND id = $2 AND status = 'ISSUED' AND version = $5",
        *(bill.partner_id, bill.id, version.number, version.id, bill.version),
    )
    if not changed:
        raise Conflict("The bill has moved on; nothing was changed.")
    await _conclude(tx, bill, version, now=now)


async def _conclude(tx: Tx, bill: Bill, version: BillVersion, *, now: datetime) -> None:
    billable = Billable(bill.cycle, bill.kind, bill.currency)
    await mark_billed(tx, bill.partner_id, billable, through_posting=version.through_posting)
    if not bill.confirmation_required:
        await book_bill(tx, bill, version, now=now)
    details = {"version": version.number, "reason": version.reason, "digest": version.digest}
    act = Act("ISSUE_BILL", public_id(IdPrefix.BILL, bill.id), bill.partner_id, details)
    await record(tx, None, act, now=now)
    is_first = version.reason == VersionReason.ISSUED
    event_type = EventType.BILL_ISSUED if is_first else EventType.BILL_REISSUED
    await announce(tx, bill_event(event_type, bill, version), now=now)
