"""New credentials of a bucket that stays the same; they take effect at once (R44)."""

from dataclasses import dataclass
from datetime import datetime

from models.actions.rows import save_changes
from models.actions.storage_terms import ProbedBucket
from models.adapters.database import Tx
from models.rules.errors import Conflict, NotFound
from models.rules.ids import IdPrefix, public_id
from models.tables.storage import StorageDestination


@dataclass(frozen=True, slots=True)
class Renewal:
    """New credentials of a destination, with which its bucket has just taken a file."""

    destination_id: int
    bucket: ProbedBucket


async def renewable(
    tx: Tx, partner_id: int, destination_id: int | None, *, now: datetime
) -> StorageDestination:
    """The destination whose credentials are renewed: the one named, or the one that holds now.

    Raises NotFound, and Conflict for one whose time is over.
    """
    rows = StorageDestination.filter(partner_id=partner_id).using_db(tx.client).order_by("id")
    known = await rows
    if destination_id is None:
        found = [row for row in known if row.valid_from <= now and not _is_over(row, now)]
    else:
        found = [row for row in known if row.id == destination_id]
    if not found:
        raise NotFound("There is no such destination.", path=("destinationId",))
    if _is_over(found[0], now):
        raise Conflict("Nothing more goes to this destination.", path=("destinationId",))
    return found[0]


async def renew(tx: Tx, partner_id: int, renewal: Renewal, *, now: datetime) -> str:
    """Keep new credentials in place of the former; the destination's id. Under `lock_partner`.

    Raises as `renewable`.
    """
    row = await renewable(tx, partner_id, renewal.destination_id, now=now)
    row.sealed_credentials = renewal.bucket.sealed_credentials
    row.access_key_hint = renewal.bucket.access_key_hint
    row.probed_at = renewal.bucket.probed_at
    changed = ["sealed_credentials", "access_key_hint", "probed_at"]
    await save_changes(tx, row, changed)
    return public_id(IdPrefix.STORAGE_DESTINATION, row.id)


def _is_over(row: StorageDestination, now: datetime) -> bool:
    is_empty = row.valid_until == row.valid_from
    return row.valid_until is not None and (is_empty or row.valid_until <= now)
