"""Who may have a bucket called, asked before anybody is (rule 20)."""

from models.actions.storage_rows import require_own, storage_of
from models.adapters.database import Tx
from models.rules.principals import Principal
from models.rules.storage_guards import StorageAction, require_authorised, require_possible


async def require_choosable(
    tx: Tx, principal: Principal, action: StorageAction, storage_id: int
) -> None:
    """Raise what the verb would raise, before any bucket is called for it.

    Forbidden, NotFound, Conflict.
    """
    require_own(principal, action, storage_id)
    require_possible(action, (await storage_of(tx, storage_id)).facts)


async def require_probing(tx: Tx, principal: Principal, storage_id: int) -> None:
    """Raise unless the principal may have a bucket tried out that nobody chose yet.

    Forbidden, NotFound, Conflict (STORAGE_NOT_ELIGIBLE, GRANT_MISSING).
    """
    require_own(principal, StorageAction.ENABLE, storage_id)
    require_authorised((await storage_of(tx, storage_id)).facts)
