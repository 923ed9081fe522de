"""The destinations of a partner at rest: their terms, their ends, and a new one (R43, R55, R56)."""

from dataclasses import dataclass
from datetime import datetime

from models.adapters.database import Tx
from models.rules.buckets import BucketAddress
from models.rules.storage import Term, Turn
from models.tables.storage import StorageDestination


@dataclass(frozen=True, slots=True)
class ProbedBucket:
    """A bucket that took a file at `probed_at`, and its credentials as they are kept."""

    address: BucketAddress
    sealed_credentials: str | None
    access_key_hint: str | None
    probed_at: datetime


async def terms_of(tx: Tx, partner_id: int) -> list[Term]:
    """The terms of all destinations that a partner ever had, in the order they were chosen."""
    rows = StorageDestination.filter(partner_id=partner_id).using_db(tx.client).order_by("id")
    return [Term(row.id, row.created_at, row.valid_from, row.valid_until) async for row in rows]


async def end_terms(tx: Tx, partner_id: int, turn: Turn) -> None:
    """Give the terms of a turn their ends."""
    for number, end in turn.ends.items():
        sql = "UPDATE storage_destinations SET valid_until = $3 WHERE partner_id = $1 AND id = $2"
        await tx.execute(sql, partner_id, number, end)


async def add_term(
    tx: Tx, partner_id: int, bucket: ProbedBucket, turn: Turn, *, who: str
) -> StorageDestination:
    """Write the new destination of a turn."""
    assert turn.start is not None, "this turn begins nothing"
    address = bucket.address
    return await StorageDestination.create(
        using_db=tx.client,
        partner_id=partner_id,
        provider=address.provider.value,
        endpoint=address.endpoint,
        region=address.region,
        bucket=address.bucket,
        prefix=address.prefix,
        sealed_credentials=bucket.sealed_credentials,
        access_key_hint=bucket.access_key_hint,
        valid_from=turn.start,
        created_by=who,
        created_at=turn.at,
        probed_at=bucket.probed_at,
    )
