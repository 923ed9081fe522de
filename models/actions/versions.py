"""Making a version of a bill: everything it consists of, summed, checked and sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from models.actions.controls import Content, check_derived_lines, checked_content
from models.actions.derivations import derived_lines, keep_derived_lines
from models.actions.rollups import roll_up
from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.reads.seals import sealed
from models.rules.derived import ZERO, DerivedLine
from models.rules.states import VersionReason
from models.rules.totals import Totals, bill_totals
from models.tables.bills import Bill, BillVersion

_AMOUNTS = tuple(field.name for field in fields(Totals))
_CONTENT = (*_AMOUNTS, "charge_count", "customer_count", "digest")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a version is made, from the charges up to which batch, and after which version.

    `note` tells people more than the reason does.
    """

    reason: VersionReason
    through_posting: int
    previous: BillVersion | None = None
    note: str | None = None


async def write_version(tx: Tx, bill: Bill, occasion: Occasion, *, now: datetime) -> BillVersion:
    """Write the bill's next version; to make it the current one is up to the caller.

    Raises Conflict (BILL_OUT_OF_BALANCE), which is a bug or damaged data, never input.
    """
    version = await _begin(tx, bill, occasion, now=now)
    await roll_up(tx, bill, version)
    content = await checked_content(tx, bill, version)
    derived = await derived_lines(tx, bill, content.sums, now=now)
    await keep_derived_lines(tx, version, derived)
    _fill(version, content, derived)
    await check_derived_lines(tx, bill, version)
    version.digest = await sealed(tx, bill, version, derived)
    await save_changes(tx, version, _CONTENT)
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
        note=occasion.note,
        created_at=now,
        **dict.fromkeys(_AMOUNTS, ZERO),
    )


def _fill(version: BillVersion, content: Content, derived: Sequence[DerivedLine]) -> None:
    totals = bill_totals(content.sums, derived)
    for name in _AMOUNTS:
        setattr(version, name, getattr(totals, name))
    version.charge_count = content.charge_count
    version.customer_count = content.customer_count
