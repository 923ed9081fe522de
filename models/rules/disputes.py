"""Questions about a bill: what they must look like, and how they end (R31)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.rules.corrections import Change
from models.rules.errors import Conflict, ErrorCode, InvalidInput
from models.rules.states import BillVerb, DisputeStatus
from models.rules.texts import require_message

LONGEST_MESSAGE = 4000
MOST_CHARGES = 100
MOST_CHANGES = 100


class DisputeResolution(StrEnum):
    """How the channel manager answers a dispute."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


# What an ending does to the bill.
ENDINGS: dict[DisputeStatus, BillVerb] = {
    DisputeStatus.ACCEPTED: BillVerb.ACCEPT,
    DisputeStatus.REJECTED: BillVerb.REJECT,
    DisputeStatus.WITHDRAWN: BillVerb.WITHDRAW,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The channel manager's answer: accepted with changes, or rejected with a reason.

    Raises InvalidInput, and Conflict (NO_CHANGE) where an acceptance would change nothing.
    """

    resolution: DisputeResolution
    message: str | None
    changes: Sequence[Change] = ()

    def __post_init__(self) -> None:
        if self.message is not None:
            require_dispute_message(self.message, "answer")
        if self.resolution is DisputeResolution.REJECTED:
            self._require_reason()
        elif not self.changes:
            raise Conflict(
                "Accepting a dispute takes at least one adjustment; reject it to keep the bill.",
                ErrorCode.NO_CHANGE,
                path=("adjustments",),
            )
        elif len(self.changes) > MOST_CHANGES:
            raise InvalidInput(f"At most {MOST_CHANGES} at once.", path=("adjustments",))

    def _require_reason(self) -> None:
        if self.message is None:
            raise InvalidInput("Tell the partner why it is rejected.", path=("answer",))
        if self.changes:
            raise InvalidInput(
                "A rejected dispute changes nothing; accept it to adjust the bill.",
                path=("adjustments",),
            )


def require_dispute_message(text: str, *path: str) -> None:
    """Raise InvalidInput unless it says something in 1 to 4,000 characters."""
    require_message(text, LONGEST_MESSAGE, *path)


def require_charges(charge_ids: Sequence[int] | None) -> list[int]:
    """The charges that a dispute names, each once; raises InvalidInput for none or too many."""
    if charge_ids is None:
        return []
    if not charge_ids or len(charge_ids) > MOST_CHARGES:
        raise InvalidInput(
            f"Name 1 to {MOST_CHARGES} charges, or leave them out to question the whole bill.",
            path=("chargeIds",),
        )
    return sorted(set(charge_ids))
