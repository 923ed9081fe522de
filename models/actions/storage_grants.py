"""The service role's leave to write: requested, agreed to, withdrawn; who, when, scope (R42)."""

from datetime import datetime

from models.actions.audit import Act, record
from models.actions.rows import save_changes
from models.actions.storage_rows import Storage, locked_storage, require_own
from models.actions.storage_stopping import stop_storage
from models.adapters.database import Tx
from models.rules.errors import Conflict, Forbidden, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Principal
from models.rules.storage_actions import require_role
from models.rules.storage_grants import GrantScope
from models.rules.storage_guards import StorageAction, require_possible
from models.rules.storage_states import GrantStatus
from models.tables.storage import StorageGrant


async def request_grant(
    tx: Tx, principal: Principal, *, storage_id: int, scope: GrantScope, now: datetime
) -> None:
    """Ask for the service role's authorisation, the first of two steps.

    The same again, before it is agreed to, changes nothing. Raises Forbidden, NotFound, Conflict:
    STORAGE_NOT_ELIGIBLE, INVALID_STATE once it is agreed to.
    """
    require_own(principal, StorageAction.REQUEST_GRANT, storage_id)
    storage = await locked_storage(tx, storage_id)
    if _is(storage.grant, GrantStatus.REQUESTED) and storage.facts.is_eligible:
        return
    require_possible(StorageAction.REQUEST_GRANT, storage.facts)
    grant = await StorageGrant.create(
        using_db=tx.client,
        partner_id=storage_id,
        status=GrantStatus.REQUESTED.value,
        scope=scope.value,
        requested_by=principal.subject,
        requested_at=now,
    )
    await record(tx, principal, _act("REQUEST_STORAGE_GRANT", grant), now=now)


async def agree_to_grant(tx: Tx, principal: Principal, *, grant_id: int, now: datetime) -> None:
    """Agree to the authorisation that was shown, the second step; the same again changes nothing.

    Raises Forbidden, NotFound, Conflict: STORAGE_NOT_ELIGIBLE, GRANT_MISSING when it was withdrawn,
    INVALID_STATE when there is a newer one.
    """
    storage, grant = await _granted(tx, principal, StorageAction.AGREE_TO_GRANT, grant_id)
    if _is(grant, GrantStatus.AGREED) and storage.facts.is_eligible:
        return
    require_possible(StorageAction.AGREE_TO_GRANT, storage.facts)
    grant.status = GrantStatus.AGREED.value
    grant.agreed_by, grant.agreed_at = principal.subject, now
    await save_changes(tx, grant, ["status", "agreed_by", "agreed_at"])
    await record(tx, principal, _act("AGREE_TO_STORAGE_GRANT", grant), now=now)


async def withdraw_grant(tx: Tx, principal: Principal, *, grant_id: int, now: datetime) -> None:
    """Take the authorisation back, which disables bill storage; the same again changes nothing.

    Raises Forbidden, NotFound, Conflict: INVALID_STATE when there is a newer one.
    """
    storage, grant = await _granted(tx, principal, StorageAction.WITHDRAW_GRANT, grant_id)
    if _is(grant, GrantStatus.WITHDRAWN):
        return
    require_possible(StorageAction.WITHDRAW_GRANT, storage.facts)
    has_stopped = await stop_storage(tx, storage, now=now)
    grant.status = GrantStatus.WITHDRAWN.value
    grant.withdrawn_by, grant.withdrawn_at = principal.subject, now
    await save_changes(tx, grant, ["status", "withdrawn_by", "withdrawn_at"])
    act = _act("WITHDRAW_STORAGE_GRANT", grant, disabled=has_stopped)
    await record(tx, principal, act, now=now)


async def _granted(
    tx: Tx, principal: Principal, action: StorageAction, grant_id: int
) -> tuple[Storage, StorageGrant]:
    """The storage of the principal's partner, locked, and its latest grant, which was named."""
    require_role(principal, action)
    if principal.partner_id is None:
        raise Forbidden("Only a partner authorises the service role.")
    storage = await locked_storage(tx, principal.partner_id)
    named = StorageGrant.filter(id=grant_id, partner_id=storage.partner_id).using_db(tx.client)
    if storage.grant is None or not await named.exists():
        raise NotFound("There is no such authorisation.", path=("grantId",))
    if storage.grant.id != grant_id:
        raise Conflict("There is a newer authorisation; name that one.", path=("grantId",))
    return storage, storage.grant


def _is(grant: StorageGrant | None, status: GrantStatus) -> bool:
    return grant is not None and grant.status == status.value


def _act(action: str, grant: StorageGrant, **details: bool) -> Act:
    name = public_id(IdPrefix.STORAGE_GRANT, grant.id)
    return Act(action, name, grant.partner_id, {"scope": grant.scope, **details})
