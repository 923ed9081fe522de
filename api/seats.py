"""How much one user, and all users together, may hold open in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from models.rules.errors import Conflict, ErrorCode
from models.rules.principals import Principal


class Seats:
    """Counts what is held open; `what` is its name in a refusal."""

    def __init__(self, what: str, *, per_user: int, in_all: int) -> None:
        self._what = what
        self._per_user = per_user
        self._in_all = in_all
        self._taken: Counter[Principal] = Counter()

    @property
    def taken(self) -> int:
        """How many are held open now."""
        return self._taken.total()

    @contextmanager
    def take(self, principal: Principal) -> Iterator[None]:
        """Hold one while the block runs; raises Conflict (TOO_MANY_SUBSCRIPTIONS)."""
        if self._taken[principal] >= self._per_user:
            raise _too_many(f"You have {self._per_user} {self._what} open already; close one.")
        if self.taken >= self._in_all:
            raise _too_many(f"All {self._in_all} {self._what} are in use; try again later.")
        self._taken[principal] += 1
        try:
            yield
        finally:
            self._taken[principal] -= 1
            if not self._taken[principal]:
                del self._taken[principal]


def _too_many(message: str) -> Conflict:
    return Conflict(message, ErrorCode.TOO_MANY_SUBSCRIPTIONS)
