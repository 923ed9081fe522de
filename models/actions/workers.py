"""Workers show that they live, so that an operator sees when none does."""

from datetime import datetime, timedelta

from models.adapters.database import Tx

# One that was killed cannot take its leave; it is forgotten after that long.
REMEMBERED = timedelta(days=1)


async def sign_in(tx: Tx, owner: str, *, now: datetime) -> None:
    """Note that a worker lives; those of which nothing was seen for a day are forgotten."""
    await tx.execute("DELETE FROM worker_signs WHERE seen_at < $1", now - REMEMBERED)
    await tx.execute(
        "INSERT INTO worker_signs (owner, started_at, seen_at) VALUES ($1, $2, $2)"
        " ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at",
        *(owner, now),
    )


async def sign_out(tx: Tx, owner: str) -> None:
    """Note that a worker has come to its end as it was told to."""
    await tx.execute("DELETE FROM worker_signs WHERE owner = $1", owner)
