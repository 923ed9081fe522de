"""Proving that what is stored is what was billed: every charge, version, payment and transaction.

Bill by bill, oldest first: the charges of its month against their checksums, then its versions in
order, each worked out again from its charges up to its digest, then its money. Last come charges
that are on no bill, payments and the ledger. The first difference ends it.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from models.adapters.database import Database
from models.reads.verified_charges import verify_charges
from models.reads.verified_money import verify_bill_money, verify_ledger, verify_payments
from models.reads.verified_versions import verify_version
from models.rules.errors import NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.tampering import require_equal
from models.tables.bills import Bill, BillVersion

BILLS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Extent:
    """What is to be verified: one partner, one bill, or everything."""

    partner_id: int | None = None
    bill_id: int | None = None


@dataclass(slots=True)
class Verified:
    """What was looked at so far."""

    bills: int = 0
    versions: int = 0
    charges: int = 0
    payments: int = 0
    transactions: int = 0


Progress = Callable[[Verified], None]


async def verify(db: Database, extent: Extent, *, progress: Progress) -> Verified:
    """Verify all of the extent; `progress` is told now and then how far it has come.

    Raises Tampered for the first thing that is not as it was, and NotFound for a bill or partner
    that has nothing to verify.
    """
    done = Verified()

    def count_charges(more: int) -> None:
        done.charges += more
        progress(done)

    async for bill in _bills(extent):
        of_bill = (bill.partner_id, bill.cycle, bill.kind, bill.currency)
        await verify_charges(db, _ON_BILL, *of_bill, progress=count_charges)
        done.versions += await _verify_chain(db, bill)
        await verify_bill_money(db, bill.partner_id, bill.id)
        done.bills += 1
        progress(done)
    if extent.bill_id is not None:
        if not done.bills:
            raise NotFound("There is no such bill.")
        return done
    await verify_charges(db, *_on_no_bill(extent), progress=count_charges)
    done.payments = await verify_payments(db, extent.partner_id)
    done.transactions = await verify_ledger(db, extent.partner_id)
    return done


_ON_BILL = "c.partner_id = $1 AND c.cycle = $2 AND c.kind = $3 AND c.currency = $4"


def _on_no_bill(extent: Extent) -> tuple[str] | tuple[str, int]:
    where = (
        "NOT EXISTS (SELECT 1 FROM bills b WHERE b.partner_id = c.partner_id AND b.cycle = c.cycle"
        " AND b.kind = c.kind AND b.currency = c.currency)"
    )
    if extent.partner_id is None:
        return (where,)
    return f"{where} AND c.partner_id = $1", extent.partner_id


async def _bills(extent: Extent) -> AsyncIterator[Bill]:
    """The bills of the extent by id, some at a time."""
    asked = {"partner_id": extent.partner_id, "id": extent.bill_id}
    bills = Bill.filter(**{name: value for name, value in asked.items() if value is not None})
    last = 0
    while some := await bills.filter(id__gt=last).order_by("id").limit(BILLS_AT_ONCE):
        for bill in some:
            yield bill
        last = some[-1].id


async def _verify_chain(db: Database, bill: Bill) -> int:
    """The bill's versions one after another, the last of which is current; how many there are."""
    newest: BillVersion | None = None
    while True:
        async for version in _versions(bill, after=newest):
            await verify_version(db, bill, version, newest)
            newest = version
        if newest and (bill.version, bill.version_id) == (newest.number, newest.id):
            return bill.version
        # It may have been issued anew since it was read; if so, it goes on from there.
        again = await Bill.get(partner_id=bill.partner_id, id=bill.id)
        if again.version == bill.version:
            _require_current(again, newest)
        bill = again


def _require_current(bill: Bill, newest: BillVersion | None) -> None:
    where, what = public_id(IdPrefix.BILL, bill.id), "the number of its current version"
    number = newest.number if newest else None
    require_equal(where, what, expected=number, found=bill.version)
    what = "the row of its current version"
    require_equal(where, what, expected=newest.id if newest else None, found=bill.version_id)


async def _versions(bill: Bill, *, after: BillVersion | None) -> AsyncIterator[BillVersion]:
    number: int | None = after.number if after else 0
    while number is not None:
        versions = BillVersion.filter(
            partner_id=bill.partner_id, bill_id=bill.id, number__gt=number
        ).order_by("number")
        version = await versions.first()
        number = version.number if version else None
        if version:
            yield version
