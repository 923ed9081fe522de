"""Whose an account is: looked up for many accounts at once, by verbs and before an import."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from models.adapters.dialects import Dialect

BATCH = 5_000

# Of own accounts `o`: those that are below a billing account, and none themselves.
IS_SUB_ACCOUNT = (
    "NOT EXISTS (SELECT 1 FROM billing_accounts b"
    " WHERE b.partner_id = o.partner_id AND b.account = o.account)"
)


class Source(Protocol):
    """Where rows come from: the database, or a transaction."""

    @property
    def dialect(self) -> Dialect:
        """How its SQL is spoken."""

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """The rows of one statement."""


@dataclass(frozen=True, slots=True)
class Payer:
    """The partner who pays for a billing account, and its billing zone."""

    partner_id: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer as it is registered."""

    id: int
    name: str
    association: str
    mobile: str | None
    email: str | None


async def all_payers(source: Source) -> dict[str, Payer]:
    """Every billing account and who pays for it."""
    rows = await source.fetch(_PAYERS)
    return {row["account"]: Payer(row["partner_id"], row["time_zone"]) for row in rows}


async def payers(source: Source, accounts: Collection[str]) -> dict[str, Payer]:
    """Who pays for those of the billing accounts that are registered."""
    found: dict[str, Payer] = {}
    for some in _batches(accounts):
        where = source.dialect.any_of("a.account", "$1")
        rows = await source.fetch(f"{_PAYERS} WHERE {where}", some)
        found |= {row["account"]: Payer(row["partner_id"], row["time_zone"]) for row in rows}
    return found


async def own_accounts_of(source: Source, partner_id: int) -> frozenset[str]:
    """The accounts that are a partner's own."""
    sql = "SELECT account FROM own_accounts WHERE partner_id = $1"
    return frozenset(row["account"] for row in await source.fetch(sql, partner_id))


async def sub_accounts_of(source: Source, partner_id: int) -> frozenset[str]:
    """Those of them that are below a billing account, and none themselves."""
    sql = f"SELECT o.account FROM own_accounts o WHERE o.partner_id = $1 AND {IS_SUB_ACCOUNT}"
    rows = await source.fetch(sql, partner_id)
    return frozenset(row["account"] for row in rows)


async def known_customers(
    source: Source, partner_id: int, accounts: Collection[str]
) -> dict[str, KnownCustomer]:
    """Those of the accounts that are customers of the partner."""
    where = source.dialect.any_of("account", "$2")
    found: dict[str, KnownCustomer] = {}
    for some in _batches(accounts):
        rows = await source.fetch(
            "SELECT id, account, name, association, mobile, email FROM customers"
            f" WHERE partner_id = $1 AND {where}",
            partner_id,
            some,
        )
        for row in rows:
            found[row["account"]] = KnownCustomer(
                row["id"], row["name"], row["association"], row["mobile"], row["email"]
            )
    return found


_PAYERS = (
    "SELECT a.account, a.partner_id, p.time_zone FROM billing_accounts a"
    " JOIN partners p ON p.id = a.partner_id"
)


def _batches(accounts: Collection[str]) -> Sequence[list[str]]:
    listed = list(accounts)
    return [listed[start : start + BATCH] for start in range(0, len(listed), BATCH)]
