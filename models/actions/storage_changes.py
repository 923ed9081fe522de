"""What is stored while a bucket is chosen: consent, sub-accounts, credentials (R44 to R46)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.actions.audit import Act, record
from models.actions.deliveries import storage_enabled
from models.actions.rows import save_changes
from models.actions.storage_accounts import choose_sub_accounts, require_sub_accounts
from models.actions.storage_checks import require_choosable
from models.actions.storage_renewals import Renewal, renew
from models.actions.storage_rows import locked_storage, require_own
from models.adapters.database import Tx
from models.rules.principals import Principal
from models.rules.storage_guards import StorageAction, require_possible
from models.tables.storage import BillStorage


@dataclass(frozen=True, slots=True)
class StorageChange:
    """What is to be different; None leaves as it is."""

    storage_id: int
    stores_customer_bills: bool | None = None
    sub_accounts: tuple[str, ...] | None = None


async def require_update(tx: Tx, principal: Principal, change: StorageChange) -> None:
    """Raise what `update_storage` would raise, before any bucket is called for it."""
    await require_choosable(tx, principal, StorageAction.UPDATE, change.storage_id)
    await require_sub_accounts(tx, change.storage_id, change.sub_accounts or ())


async def update_storage(
    tx: Tx,
    principal: Principal,
    change: StorageChange,
    renewal: Renewal | None = None,
    *,
    now: datetime,
) -> None:
    """Change what is stored, or with which credentials; both from now on.

    Raises Forbidden, NotFound, InvalidInput for an account that is not the partner's own, and
    Conflict: STORAGE_NOT_ENABLED, INVALID_STATE for a destination whose time is over.
    """
    partner_id = change.storage_id
    require_own(principal, StorageAction.UPDATE, partner_id)
    storage = await locked_storage(tx, partner_id)
    require_possible(StorageAction.UPDATE, storage.facts)
    changed: dict[str, Any] = {}
    if change.sub_accounts is not None:
        await require_sub_accounts(tx, partner_id, change.sub_accounts)
        if await choose_sub_accounts(tx, partner_id, change.sub_accounts, now=now):
            changed["sub_accounts"] = len(set(change.sub_accounts))
    if await _consent(tx, storage.known, change.stores_customer_bills, now=now):
        changed["stores_customer_bills"] = change.stores_customer_bills
    if renewal is not None:
        changed["credentials_of"] = await renew(tx, partner_id, renewal, now=now)
    if changed:
        act = Act("UPDATE_BILL_STORAGE", storage.name, partner_id, changed)
        await record(tx, principal, act, now=now)


async def _consent(tx: Tx, row: BillStorage, wanted: bool | None, *, now: datetime) -> bool:
    """Give or take back the consent to store customer bills (R45); whether that is a change."""
    if wanted is None or wanted == (row.customer_bills_since is not None):
        return False
    row.customer_bills_since = now if wanted else None
    await save_changes(tx, row, ["customer_bills_since"])
    if wanted:
        await storage_enabled(tx, row.partner_id, now=now)
    return True
