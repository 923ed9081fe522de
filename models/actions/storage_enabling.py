"""Choosing the bucket: the first one, from now; another one, from the next day on (R43, R56)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.audit import Act, record
from models.actions.deliveries import storage_enabled
from models.actions.rows import save_changes
from models.actions.storage_accounts import choose_sub_accounts, require_sub_accounts
from models.actions.storage_checks import require_choosable
from models.actions.storage_rows import locked_storage, require_own, zone_of
from models.actions.storage_terms import ProbedBucket, add_term, end_terms, terms_of
from models.adapters.database import Tx
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Principal
from models.rules.storage import begin, move
from models.rules.storage_guards import StorageAction, require_possible
from models.tables.storage import BillStorage, StorageDestination


@dataclass(frozen=True, slots=True)
class Enabling:
    """What is to be stored from now on: `sub_accounts` have files of their own besides."""

    storage_id: int
    stores_customer_bills: bool
    sub_accounts: tuple[str, ...] = ()


async def require_enabling(tx: Tx, principal: Principal, enabling: Enabling) -> None:
    """Raise what `enable_storage` would raise, before any bucket is called for it."""
    await require_choosable(tx, principal, StorageAction.ENABLE, enabling.storage_id)
    await require_sub_accounts(tx, enabling.storage_id, enabling.sub_accounts)


async def enable_storage(
    tx: Tx, principal: Principal, enabling: Enabling, bucket: ProbedBucket, *, now: datetime
) -> None:
    """Store the partner's bills in a bucket from now on.

    Raises Forbidden, NotFound, InvalidInput for an account that is not the partner's own, and
    Conflict: STORAGE_NOT_ELIGIBLE, GRANT_MISSING, INVALID_STATE while it is enabled.
    """
    partner_id = enabling.storage_id
    require_own(principal, StorageAction.ENABLE, partner_id)
    storage = await locked_storage(tx, partner_id)
    require_possible(StorageAction.ENABLE, storage.facts)
    await require_sub_accounts(tx, partner_id, enabling.sub_accounts)
    turn = begin(await terms_of(tx, partner_id), now)
    destination = await add_term(tx, partner_id, bucket, turn, who=principal.subject)
    await choose_sub_accounts(tx, partner_id, enabling.sub_accounts, now=turn.at)
    await _turn_on(tx, storage.known, enabling, now=turn.at)
    if enabling.stores_customer_bills:
        await storage_enabled(tx, partner_id, now=turn.at)
    what = {
        "stores_customer_bills": enabling.stores_customer_bills,
        "sub_accounts": len(set(enabling.sub_accounts)),
    }
    await record(tx, principal, _act("ENABLE_BILL_STORAGE", destination, **what), now=now)


async def change_bucket(
    tx: Tx, principal: Principal, storage_id: int, bucket: ProbedBucket, *, now: datetime
) -> None:
    """Put new files into another bucket from the next local midnight on.

    A change that was made earlier on the same day and has yet to take effect gives way to this one.
    Raises Forbidden, NotFound, Conflict (STORAGE_NOT_ENABLED).
    """
    require_own(principal, StorageAction.CHANGE_BUCKET, storage_id)
    storage = await locked_storage(tx, storage_id)
    require_possible(StorageAction.CHANGE_BUCKET, storage.facts)
    turn = move(await terms_of(tx, storage_id), now, await zone_of(tx, storage_id))
    await end_terms(tx, storage_id, turn)
    destination = await add_term(tx, storage_id, bucket, turn, who=principal.subject)
    await record(tx, principal, _act("CHANGE_BILL_STORAGE_BUCKET", destination), now=now)


async def _turn_on(tx: Tx, row: BillStorage, enabling: Enabling, *, now: datetime) -> None:
    row.is_enabled = True
    row.customer_bills_since = now if enabling.stores_customer_bills else None
    if row.scheduled_through is None:
        # Of the days before, none had a bucket.
        row.scheduled_through = now.astimezone(await zone_of(tx, row.partner_id)).date()
    changed = ["is_enabled", "customer_bills_since", "scheduled_through"]
    await save_changes(tx, row, changed)


def _act(action: str, destination: StorageDestination, **what: Any) -> Act:
    """What was chosen; where within the store, and how it is opened, is not for the trail."""
    details = {
        "destination": public_id(IdPrefix.STORAGE_DESTINATION, destination.id),
        "provider": destination.provider,
        "region": destination.region,
        "bucket": destination.bucket,
        **what,
    }
    name = public_id(IdPrefix.BILL_STORAGE, destination.partner_id)
    return Act(action, name, destination.partner_id, details)
