"""The service role's leave to write into a partner's bucket, given in two steps (R42)."""

from enum import StrEnum

from models.rules.errors import Conflict, ErrorCode
from models.rules.storage_states import GrantStatus


class GrantScope(StrEnum):
    """What a grant lets the service role do."""

    WRITE_BILLS = "WRITE_BILLS"


class GrantVerb(StrEnum):
    """What can happen to a grant."""

    REQUEST = "REQUEST"
    AGREE = "AGREE"
    WITHDRAW = "WITHDRAW"


# None: nothing was ever asked for. A request after a withdrawal begins a grant of its own.
GRANT_MOVES: dict[tuple[GrantStatus | None, GrantVerb], GrantStatus] = {
    (None, GrantVerb.REQUEST): GrantStatus.REQUESTED,
    (GrantStatus.WITHDRAWN, GrantVerb.REQUEST): GrantStatus.REQUESTED,
    (GrantStatus.REQUESTED, GrantVerb.AGREE): GrantStatus.AGREED,
    (GrantStatus.REQUESTED, GrantVerb.WITHDRAW): GrantStatus.WITHDRAWN,
    (GrantStatus.AGREED, GrantVerb.WITHDRAW): GrantStatus.WITHDRAWN,
}


def grant_move(status: GrantStatus | None, verb: GrantVerb) -> GrantStatus:
    """The status after `verb`.

    Raises Conflict: GRANT_MISSING when there is nothing to agree to or to withdraw, else
    INVALID_STATE.
    """
    try:
        return GRANT_MOVES[status, verb]
    except KeyError:
        pass
    if status in {None, GrantStatus.WITHDRAWN}:
        message = "There is no authorisation of the service role; request one first."
        raise Conflict(message, ErrorCode.GRANT_MISSING)
    raise Conflict(f"{verb} is not possible on an authorisation that is {status}.")


def require_agreed(status: GrantStatus | None) -> None:
    """Raise Conflict (GRANT_MISSING) unless both steps of a grant were taken, and none back."""
    if status is GrantStatus.REQUESTED:
        message = "The service role's authorisation was requested, and waits to be agreed to."
        raise Conflict(message, ErrorCode.GRANT_MISSING)
    if status is not GrantStatus.AGREED:
        message = "The service role is not authorised to write; request that, and agree to it."
        raise Conflict(message, ErrorCode.GRANT_MISSING)
