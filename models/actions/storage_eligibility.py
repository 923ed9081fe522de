"""The allow-list: which partners may have their bills stored in a bucket (R41)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.rows import save_changes
from models.actions.storage_rows import locked_storage
from models.actions.storage_stopping import stop_storage
from models.adapters.database import Tx
from models.rules.principals import Principal
from models.rules.storage_actions import require_role
from models.rules.storage_guards import StorageAction
from models.tables.storage import BillStorage


async def allow_storage(tx: Tx, principal: Principal, *, partner_id: int, now: datetime) -> None:
    """Let a partner have bill storage; harmless when it may already.

    Raises Forbidden, NotFound.
    """
    require_role(principal, StorageAction.ALLOW)
    storage = await locked_storage(tx, partner_id)
    if storage.facts.is_eligible:
        return
    if storage.row is None:
        await BillStorage.create(
            using_db=tx.client, partner_id=partner_id, is_eligible=True, created_at=now
        )
    else:
        await _allow(tx, storage.row, is_eligible=True)
    await record(tx, principal, Act("ALLOW_BILL_STORAGE", storage.name, partner_id), now=now)


async def revoke_storage(tx: Tx, principal: Principal, *, partner_id: int, now: datetime) -> None:
    """Take that back, which disables bill storage as well; harmless when it was not allowed.

    The partner's authorisation of the service role stays as it is. Raises Forbidden, NotFound.
    """
    require_role(principal, StorageAction.REVOKE)
    storage = await locked_storage(tx, partner_id)
    if not storage.facts.is_eligible:
        return
    details = {"disabled": await stop_storage(tx, storage, now=now)}
    await _allow(tx, storage.known, is_eligible=False)
    act = Act("REVOKE_BILL_STORAGE", storage.name, partner_id, details)
    await record(tx, principal, act, now=now)


async def _allow(tx: Tx, row: BillStorage, *, is_eligible: bool) -> None:
    row.is_eligible = is_eligible
    await save_changes(tx, row, ["is_eligible"])
