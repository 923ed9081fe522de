"""Registering partners, with their accounts, their settings and the people who look after them."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from models.actions.audit import Act, record
from models.actions.customers import Roster, put_customers
from models.actions.locks import lock_partner
from models.actions.rows import add_rows
from models.adapters.database import Tx
from models.reads.accounts import known_customers, own_accounts_of, payers
from models.rules.errors import BillingError, Conflict, ErrorCode
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action, Principal
from models.rules.registration import (
    PartnerRegistration,
    Settings,
    check_accounts,
    check_own_accounts,
)
from models.rules.states import CreditPolicy
from models.tables.partners import Partner


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration; `changed` counts the rows written, 0 when all was known."""

    partner_id: int
    is_new: bool
    changed: int


async def register_partner(
    tx: Tx,
    principal: Principal | None,
    *,
    registration: PartnerRegistration,
    secret: str,
    now: datetime,
) -> int:
    """Register a partner or bring a registered one up to date; its id. See `put_partner`."""
    put = await put_partner(tx, principal, registration=registration, secret=secret, now=now)
    return put.partner_id


async def register_partners(
    tx: Tx, *, registrations: Sequence[PartnerRegistration], secret: str, now: datetime
) -> list[Registered]:
    """Register what a file says, for the operator at the command line: all of it or nothing.

    Raises as `put_partner`, with the partner's place in the path.
    """
    done = []
    for place, registration in enumerate(registrations):
        try:
            put = await put_partner(tx, None, registration=registration, secret=secret, now=now)
        except BillingError as refused:
            refused.path = ("partners", str(place), *refused.path)
            raise
        done.append(put)
    return done


async def put_partner(
    tx: Tx,
    principal: Principal | None,
    *,
    registration: PartnerRegistration,
    secret: str,
    now: datetime,
) -> Registered:
    """Register a partner, or bring up to date the one that pays for these billing accounts.

    Settings become what the registration says, and stay as they are where it says nothing;
    accounts, managers and customers are added and corrected, never taken away. `principal` is None
    for the operator at the command line; `secret` keys the customers' export tokens (R37). Raises
    Forbidden, InvalidInput for an account that would be a customer's and the partner's own, and
    Conflict (ALREADY_EXISTS) when the billing accounts belong to several partners or were
    registered this moment by someone else.
    """
    if principal is not None:
        principal.require(Action.REGISTER_PARTNER)
    found = await payers(tx, registration.billing_accounts)
    owners = {payer.partner_id for payer in found.values()}
    if len(owners) > 1:
        raise _taken("These billing accounts belong to different partners.")
    is_new = not owners
    partner_id = await _create(tx, registration, now) if is_new else owners.pop()
    settings = {} if is_new else await _correct(tx, partner_id, registration)
    await _check_accounts(tx, partner_id, registration)
    new_accounts = [a for a in registration.billing_accounts if a not in found]
    added = await _add_accounts(tx, partner_id, registration, new_accounts)
    put = await put_customers(tx, Roster(partner_id, registration.customers), secret=secret)
    changed = int(is_new or bool(settings)) + added + put.changed
    if changed:
        details = {"isNew": is_new, "changed": changed, "settings": settings}
        act = _act(partner_id, details | {"corrected": put.corrected})
        await record(tx, principal, act, now=now)
    return Registered(partner_id, is_new, changed)


async def _create(tx: Tx, registration: PartnerRegistration, now: datetime) -> int:
    rows = await tx.fetch(
        "INSERT INTO partners (name, time_zone, confirmation_required, credit_policy, payment_days,"
        " last_posting, revision, created_at) VALUES ($1, $2, $3, $4, $5, 0, 0, $6) RETURNING id",
        *astuple(registration.settings()),
        now,
    )
    return int(rows[0]["id"])


async def _correct(tx: Tx, partner_id: int, registration: PartnerRegistration) -> dict[str, Any]:
    """Which settings are different now, from what to what; the partner is locked from here on."""
    await lock_partner(tx, partner_id)
    before = await _settings_of(tx, partner_id)
    after = registration.settings(before)
    if after != before:
        await tx.execute(
            "UPDATE partners SET name = $2, time_zone = $3, confirmation_required = $4,"
            " credit_policy = $5, payment_days = $6 WHERE id = $1",
            partner_id,
            *astuple(after),
        )
    return before.changes(after)


async def _settings_of(tx: Tx, partner_id: int) -> Settings:
    partner = await Partner.get(id=partner_id, using_db=tx.client)
    return Settings(
        partner.name,
        partner.time_zone,
        partner.confirmation_required,
        CreditPolicy(partner.credit_policy),
        partner.payment_days,
    )


async def _check_accounts(tx: Tx, partner_id: int, registration: PartnerRegistration) -> None:
    """No account is a customer's and the partner's own, now or together with what is known."""
    own = await own_accounts_of(tx, partner_id)
    new = [account for account in registration.own_accounts if account not in own]
    customers = await known_customers(tx, partner_id, new)
    check_own_accounts(registration.own_accounts, customers=customers)
    check_accounts(registration.customers, own=own.union(new))


async def _add_accounts(
    tx: Tx, partner_id: int, registration: PartnerRegistration, billing_accounts: list[str]
) -> int:
    added = await add_rows(
        tx,
        "billing_accounts",
        ("partner_id", "account"),
        [(partner_id, account) for account in billing_accounts],
    )
    if added < len(billing_accounts):
        raise _taken("A billing account was registered by someone else just now; try again.")
    own = [(partner_id, account) for account in registration.own_accounts]
    added += await add_rows(tx, "own_accounts", ("partner_id", "account"), own)
    managers = [(partner_id, subject) for subject in registration.channel_managers]
    return added + await add_rows(tx, "channel_assignments", ("partner_id", "subject"), managers)


def _taken(message: str) -> Conflict:
    return Conflict(message, ErrorCode.ALREADY_EXISTS, path=("billingAccounts",))


def _act(partner_id: int, details: dict[str, Any]) -> Act:
    name = public_id(IdPrefix.PARTNER, partner_id)
    return Act("REGISTER_PARTNER", name, partner_id=partner_id, details=details)
