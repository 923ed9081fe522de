"""Bill storage comes to an end: what is in the bucket stays, nothing new is written (R55)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.deliveries import storage_disabled
from models.actions.rows import save_changes
from models.actions.storage_accounts import choose_sub_accounts
from models.actions.storage_rows import Storage, locked_storage, require_own
from models.actions.storage_terms import end_terms, terms_of
from models.adapters.database import Tx
from models.rules.principals import Principal
from models.rules.storage import stop
from models.rules.storage_guards import StorageAction


async def disable_storage(tx: Tx, principal: Principal, *, storage_id: int, now: datetime) -> None:
    """Write nothing more into the bucket; harmless when nothing is written.

    Raises Forbidden, NotFound.
    """
    require_own(principal, StorageAction.DISABLE, storage_id)
    storage = await locked_storage(tx, storage_id)
    if await stop_storage(tx, storage, now=now):
        act = Act("DISABLE_BILL_STORAGE", storage.name, storage.partner_id)
        await record(tx, principal, act, now=now)


async def stop_storage(tx: Tx, storage: Storage, *, now: datetime) -> bool:
    """End the present destination, the one to come, every chosen account and the consent.

    Whether there was anything to end.
    """
    if not storage.facts.is_enabled:
        return False
    turn = stop(await terms_of(tx, storage.partner_id), now)
    await end_terms(tx, storage.partner_id, turn)
    await choose_sub_accounts(tx, storage.partner_id, (), now=turn.at)
    row = storage.known
    row.is_enabled, row.customer_bills_since = False, None
    await save_changes(tx, row, ["is_enabled", "customer_bills_since"])
    await storage_disabled(tx, storage.partner_id, now=turn.at)
    return True
