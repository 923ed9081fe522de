"""Registering end customers of a partner.

A customer whose association changes keeps the charges that were imported before as they are:
on the bill or not, as it was at the time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.locks import lock_partner
from models.actions.rows import add_rows
from models.actions.threads import in_thread
from models.adapters.database import Database, Tx
from models.adapters.text_search import finder_of
from models.reads.accounts import KnownCustomer, known_customers, own_accounts_of
from models.reads.exports import customers_of
from models.rules.anonymity import customer_token
from models.rules.anonymity_text import Scrubber, concerned
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.registration import NEW_CUSTOMER, CustomerRegistration, check_accounts

COLUMNS = ("partner_id", "account", "name", "association", "mobile", "email", "token")


PERSONAL = ("name", "mobile", "email")
# A customer, one of NAME, MOBILE and EMAIL, and what it was.
FormerValue = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Roster:
    """Customers of one partner, each account once."""

    partner_id: int
    customers: tuple[CustomerRegistration, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a roster: how many rows changed, and how often which field was corrected."""

    changed: int
    corrected: dict[str, int]


async def register_customers(
    tx: Tx, principal: Principal | None, *, roster: Roster, secret: str, now: datetime
) -> list[int]:
    """Register customers, or bring registered ones up to date; their ids, in the order given.

    `principal` is None for the operator at the command line; `secret` keys the customers' export
    tokens (R37). Raises Forbidden, NotFound, and InvalidInput for an account that stands there
    twice or is the partner's own.
    """
    if principal is not None:
        principal.require(Action.REGISTER_CUSTOMERS)
    await lock_partner(tx, roster.partner_id)
    check_accounts(roster.customers, own=await own_accounts_of(tx, roster.partner_id))
    put = await put_customers(tx, roster, secret=secret)
    if put.changed:
        act = Act(
            "REGISTER_CUSTOMERS",
            public_id(IdPrefix.PARTNER, roster.partner_id),
            partner_id=roster.partner_id,
            details={"changed": put.changed, "corrected": put.corrected},
        )
        await record(tx, principal, act, now=now)
    accounts = [customer.account for customer in roster.customers]
    known = await known_customers(tx, roster.partner_id, accounts)
    return [known[account].id for account in accounts]


async def without_names(db: Database, partner_id: int, text: str) -> str:
    """What somebody wrote, the personal data of the partner's customers taken out: for the trail.

    In a thread and before any transaction, as a partner may have a hundred thousand of them, and
    SQLite has one lock.
    """
    people = await customers_of(db, partner_id)
    return await in_thread(lambda: Scrubber(concerned(people, text), finder_of).scrub(text))


async def put_customers(tx: Tx, roster: Roster, *, secret: str) -> Put:
    """Add the customers that are new and correct those that differ in what is said of them.

    The caller holds the partner's lock.
    """
    accounts = [customer.account for customer in roster.customers]
    known = await known_customers(tx, roster.partner_id, accounts)
    added = await add_customers(tx, roster, known, secret=secret)
    changed = added + await _correct(tx, roster, known)
    return Put(changed, _corrected_fields(roster, known))


def _corrected_fields(roster: Roster, known: Mapping[str, KnownCustomer]) -> dict[str, int]:
    """How many customers each field is corrected of; never what it says, which is personal."""
    return Counter(
        name
        for customer in roster.customers
        if (before := known.get(customer.account))
        for name, value in customer.said.items()
        if getattr(before, name) != value
    )


async def add_customers(
    tx: Tx, roster: Roster, known: Mapping[str, KnownCustomer], *, secret: str
) -> int:
    """Add those customers that are not among `known`; how many they were."""
    partner_id = roster.partner_id
    rows = [
        (
            partner_id,
            customer.account,
            *_all_fields(customer),
            customer_token(secret, partner_id=partner_id, account=customer.account),
        )
        for customer in roster.customers
        if customer.account not in known
    ]
    return await add_rows(tx, "customers", COLUMNS, rows)


def _all_fields(customer: CustomerRegistration) -> tuple[str | None, ...]:
    fields = NEW_CUSTOMER | customer.said
    return fields["name"], fields["association"], fields["mobile"], fields["email"]


async def keep_values(tx: Tx, partner_id: int, values: Iterable[FormerValue]) -> None:
    """Keep what customers are called elsewhere, each once, so that no export shows it (R37)."""
    columns = ("partner_id", "customer_id", "kind", "value")
    await add_rows(tx, "customer_values", columns, [(partner_id, *value) for value in values])


async def _correct(tx: Tx, roster: Roster, known: Mapping[str, KnownCustomer]) -> int:
    changed = 0
    former: list[FormerValue] = []
    for customer in roster.customers:
        before = known.get(customer.account)
        if before is None:
            continue
        after = replace(before, **customer.said)
        if after != before:
            former += _former(before, after)
            changed += await tx.execute(
                "UPDATE customers SET name = $3, association = $4, mobile = $5, email = $6"
                " WHERE partner_id = $1 AND id = $2",
                *(
                    roster.partner_id,
                    after.id,
                    after.name,
                    after.association,
                    after.mobile,
                    after.email,
                ),
            )
    await keep_values(tx, roster.partner_id, former)
    return changed


def _former(before: KnownCustomer, after: KnownCustomer) -> list[FormerValue]:
    """The personal values of before that are none any more."""
    values = ((name, getattr(before, name)) for name in PERSONAL)
    return [
        (before.id, name.upper(), value)
        for name, value in values
        if value and value != getattr(after, name)
    ]
