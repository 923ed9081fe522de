"""What the Python peers share: who asks, and rows by batches of keys, as plain tuples or dicts.

Each list is one statement for all its parents; ranks are dense from 1, so that the first n rows of
each parent need no window. Amounts leave the database as canonical text.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
import jwt

PARTNER = "SELECT id, name FROM partners WHERE id = $1 AND id = $2"
_BILL = """SELECT 'bil_' || b.id AS id, b.version_id, b.cycle, b.status,
    trim_scale(v.settlement)::text AS settlement, trim_scale(v.bill_amount)::text AS bill_amount,
    trim_scale(v.amount_due)::text AS amount_due
FROM bills b JOIN bill_versions v ON v.id = b.version_id"""
BILL = _BILL + " WHERE b.id = $1 AND b.partner_id = $2"
BILLS = _BILL + " WHERE b.partner_id = $1 ORDER BY b.cycle DESC, b.id DESC LIMIT $2"
CUSTOMERS = """SELECT c.version_id, c.customer_id, k.name, trim_scale(c.total)::text AS total
FROM bill_customers c JOIN customers k ON k.id = c.customer_id
WHERE c.partner_id = $1 AND c.version_id = ANY($2::bigint[]) AND c.rank <= $3
ORDER BY c.version_id, c.rank"""
LINES = """SELECT version_id, customer_id, product, region,
    trim_scale(expenditures)::text AS expenditures, trim_scale(total)::text AS total
FROM product_lines
WHERE partner_id = $1 AND version_id = $2 AND customer_id = ANY($3::bigint[]) AND rank <= $4
ORDER BY customer_id, rank"""


@lru_cache(maxsize=4096)
def partner_of(header: str) -> int:
    """The partner that a bearer token names; its signature is checked once."""
    claims = jwt.decode(header.removeprefix("Bearer "), os.environ["BILLS_SECRET"], ["HS256"])
    return int(claims["partner"].removeprefix("prt_"))


async def _keep_session(_connection: Any) -> None:
    """Nothing is left in a session that only reads."""


class Rows:
    """A pool, opened with the application."""

    pool: asyncpg.Pool

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Open the pool, and close it at the end."""
        url = os.environ["BILLS_DATABASE_URL"]
        async with asyncpg.create_pool(url, min_size=1, max_size=10, reset=_keep_session) as pool:
            self.pool = pool
            yield

    async def customers(
        self, partner: int, versions: Sequence[int], first: int
    ) -> dict[int, list[Any]]:
        """The first customers of each version."""
        found: dict[int, list[Any]] = {version: [] for version in versions}
        for row in await self.pool.fetch(CUSTOMERS, partner, versions, first):
            found[row["version_id"]].append(row)
        return found

    async def lines(
        self, partner: int, version: int, customers: Sequence[int], first: int
    ) -> dict[int, list[Any]]:
        """The first product lines of each customer on a version."""
        found: dict[int, list[Any]] = {customer: [] for customer in customers}
        for row in await self.pool.fetch(LINES, partner, version, customers, first):
            found[row["customer_id"]].append(row)
        return found
