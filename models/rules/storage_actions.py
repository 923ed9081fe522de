"""Who may do what about bill storage, and what they can do about it as it is now."""

from dataclasses import dataclass

from models.rules.errors import BillingError
from models.rules.principals import Action, Principal
from models.rules.storage_guards import StorageAction, StorageFacts, require_possible


@dataclass(frozen=True, slots=True)
class AvailableStorageAction:
    """An action, and why it would be refused now; None when it would not."""

    action: StorageAction
    refusal: BillingError | None


def require_role(principal: Principal, action: StorageAction) -> None:
    """Raise Forbidden unless the principal's role allows an action."""
    is_vendors = action in {StorageAction.ALLOW, StorageAction.REVOKE}
    principal.require(Action.ALLOW_STORAGE if is_vendors else Action.MANAGE_STORAGE)


def available_storage_actions(
    principal: Principal, storage: StorageFacts
) -> list[AvailableStorageAction]:
    """Every action, whether the principal can do it now or not, in a fixed order.

    Doing again what is done is harmless, and yet no button.
    """
    return [
        AvailableStorageAction(action, _refusal(principal, action, storage))
        for action in StorageAction
    ]


def _refusal(
    principal: Principal, action: StorageAction, storage: StorageFacts
) -> BillingError | None:
    try:
        require_role(principal, action)
        require_possible(action, storage)
    except BillingError as refused:
        return refused
    return None
