"""Making a version of a bill: everything it consists of, summed, checked and sealed."""

from dataclasses import dataclass, fields
from datetime import datetime

from models.actions.controls import Content, checked_content
from models.actions.rollups import roll_up
from models.actions.seals import customer_digests
from models.adapters.currencies import minor_digits
from models.adapters.database import Tx
from models.rules.digests import CustomerDigests, version_digest
from models.rules.ids import IdPrefix, public_id
from models.rules.states import VersionReason
from models.rules.totals import ZERO, Totals, bill_totals
from models.tables.bills import Bill, BillVersion

_AMOUNTS = tuple(field.name for field in fields(Totals))
_CONTENT = (*_AMOUNTS, "charge_count", "customer_count", "digest")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a version is made, from the charges up to which batch, and after which version."""

    reason: VersionReason
    through_posting: int
    previous: BillVersion | None = None


async def write_version(tx: Tx, bill: Bill, occasion: Occasion, *, now: datetime) -> BillVersion:
    """Write the bill's next version; to make it the current one is up to the caller.

    Raises Conflict (BILL_OUT_OF_BALANCE), which is a bug or damaged data, never input.
    """
    version = await _begin(tx, bill, occasion, now=now)
    await roll_up(tx, bill, version)
    content = await checked_content(tx, bill, version)
    _fill(bill, version, content, await customer_digests(tx, version.id))
    await version.save(using_db=tx.client, update_fields=_CONTENT)
    return version


async def _begin(tx: Tx, bill: Bill, occasion: Occasion, *, now: datetime) -> BillVersion:
    previous = occasion.previous
    return await BillVersion.create(
        using_db=tx.client,
        bill_id=bill.id,
        partner_id=bill.partner_id,
        currency=bill.currency,
        number=previous.number + 1 if previous else 1,
        reason=occasion.reason.value,
        through_posting=occasion.through_posting,
        charge_count=0,
        customer_count=0,
        digest="",
        previous_digest=previous.digest if previous else "",
        created_at=now,
        **dict.fromkeys(_AMOUNTS, ZERO),
    )


def _fill(bill: Bill, version: BillVersion, content: Content, lines: CustomerDigests) -> None:
    totals = bill_totals(content.sums, coupons=ZERO, digits=minor_digits(bill.currency))
    for name in _AMOUNTS:
        setattr(version, name, getattr(totals, name))
    version.charge_count = content.charge_count
    version.customer_count = content.customer_count
    header = (
        public_id(IdPrefix.PARTNER, bill.partner_id),
        bill.cycle,
        bill.kind,
        bill.currency,
        version.number,
        version.reason,
        version.through_posting,
    )
    version.digest = version_digest(version.previous_digest, header, totals, lines)
