"""Which steps of bill storage are possible as things are: for its verbs and its buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from models.rules.errors import Conflict, ErrorCode
from models.rules.storage_grants import GrantVerb, grant_move, require_agreed
from models.rules.storage_states import GrantStatus


class StorageAction(StrEnum):
    """What can be done about bill storage."""

    ALLOW = "ALLOW"
    REVOKE = "REVOKE"
    REQUEST_GRANT = "REQUEST_GRANT"
    AGREE_TO_GRANT = "AGREE_TO_GRANT"
    WITHDRAW_GRANT = "WITHDRAW_GRANT"
    ENABLE = "ENABLE"
    CHANGE_BUCKET = "CHANGE_BUCKET"
    UPDATE = "UPDATE"
    DISABLE = "DISABLE"


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """How far a partner has come: allowed by the vendor, authorised, enabled."""

    is_eligible: bool = False
    grant: GrantStatus | None = None
    is_enabled: bool = False


def require_possible(action: StorageAction, storage: StorageFacts) -> None:
    """Raise Conflict unless an action is possible as things are.

    STORAGE_NOT_ELIGIBLE, GRANT_MISSING, STORAGE_NOT_ENABLED, or INVALID_STATE for what is so
    already.
    """
    _GUARDS[action](storage)


def require_eligible(storage: StorageFacts) -> None:
    """Raise Conflict (STORAGE_NOT_ELIGIBLE) unless the vendor allows the partner storage (R41)."""
    if not storage.is_eligible:
        raise Conflict(
            "Bill storage is not allowed for this partner; ask your sales representative.",
            ErrorCode.STORAGE_NOT_ELIGIBLE,
        )


def _allow(storage: StorageFacts) -> None:
    if storage.is_eligible:
        raise Conflict("Bill storage is allowed for this partner already.")


def _request(storage: StorageFacts) -> None:
    require_eligible(storage)
    grant_move(storage.grant, GrantVerb.REQUEST)


def _agree(storage: StorageFacts) -> None:
    require_eligible(storage)
    grant_move(storage.grant, GrantVerb.AGREE)


def _withdraw(storage: StorageFacts) -> None:
    grant_move(storage.grant, GrantVerb.WITHDRAW)


def require_authorised(storage: StorageFacts) -> None:
    """Raise Conflict unless a bucket of the partner may be written to: allowed, and granted."""
    require_eligible(storage)
    require_agreed(storage.grant)


def _enable(storage: StorageFacts) -> None:
    require_authorised(storage)
    if storage.is_enabled:
        raise Conflict("Bill storage is enabled already; change its bucket instead.")


def _enabled(storage: StorageFacts) -> None:
    if not storage.is_enabled:
        raise Conflict(
            "Bill storage is not enabled; enable it first.", ErrorCode.STORAGE_NOT_ENABLED
        )


_GUARDS: dict[StorageAction, Callable[[StorageFacts], None]] = {
    StorageAction.ALLOW: _allow,
    StorageAction.REVOKE: require_eligible,
    StorageAction.REQUEST_GRANT: _request,
    StorageAction.AGREE_TO_GRANT: _agree,
    StorageAction.WITHDRAW_GRANT: _withdraw,
    StorageAction.ENABLE: _enable,
    StorageAction.CHANGE_BUCKET: _enabled,
    StorageAction.UPDATE: _enabled,
    StorageAction.DISABLE: _enabled,
}
