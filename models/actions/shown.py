"""The bill that somebody looked at: theirs, and still as it was shown (R1, R32)."""

from dataclasses import dataclass

from models.adapters.database import Tx
from models.rules.errors import Conflict, ErrorCode
from models.rules.money import Money
from models.rules.payments import money_text
from models.tables.bills import Bill, BillVersion


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """The version of a bill that somebody looked at, by number and digest.

    Without a digest the number alone counts.
    """

    bill_id: int
    number: int
    digest: str | None


async def bill_as_shown(tx: Tx, partner_id: int, shown: ShownVersion) -> tuple[Bill, BillVersion]:
    """The bill and its current version, which is the one that was shown.

    Called under `lock_partner`. Raises Conflict (STALE_VERSION) with what is current.
    """
    bill = await Bill.get(id=shown.bill_id, partner_id=partner_id, using_db=tx.client)
    version = await BillVersion.get(
        id=bill.version_id, partner_id=bill.partner_id, using_db=tx.client
    )
    if shown.number != version.number or shown.digest not in {None, version.digest}:
        raise await _stale(tx, shown, version)
    return bill, version


async def _stale(tx: Tx, shown: ShownVersion, current: BillVersion) -> Conflict:
    """The refusal of a version that is not the current one, with what has changed since."""
    seen = await BillVersion.get_or_none(
        using_db=tx.client,
        partner_id=current.partner_id,
        bill_id=shown.bill_id,
        number=shown.number,
    )
    is_known = seen is not None and shown.digest in {None, seen.digest}
    change = (
        f" Its bill amount is {_amount(current)}; on version {seen.number} it was {_amount(seen)}."
        if seen is not None and is_known
        else " What was sent is not a version of this bill."
    )
    return Conflict(
        f"Version {current.number}, digest {current.digest}, is the current one.{change}"
        " Look at it before you go on.",
        ErrorCode.STALE_VERSION,
        path=("version",) if is_known or seen is None else ("digest",),
    )


def _amount(version: BillVersion) -> str:
    return money_text(Money(version.bill_amount, version.currency))
