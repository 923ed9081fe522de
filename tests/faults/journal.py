"""What clients were told: every mutation by its key, and what its answer promised."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What a client knows of a mutation."""

    UNKNOWN = "UNKNOWN"  # nobody has answered yet
    DONE = "DONE"  # acknowledged: it must be there, once
    REFUSED = "REFUSED"  # nothing may be there


@dataclass
class Entry:
    """One mutation, however often it was sent."""

    partner: int
    verb: str
    key: str
    variables: dict[str, Any]
    outcome: Outcome = Outcome.UNKNOWN
    payload: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    sent: int = 0


@dataclass
class Journal:
    """All entries, and what else was seen in the answers."""

    entries: list[Entry] = field(default_factory=list)
    # Answers that are no answer: by code or by kind of transport error.
    unanswered: Counter[str] = field(default_factory=Counter)
    # What nobody should ever be told.
    untyped: list[str] = field(default_factory=list)
    # Seconds from sending to a typed answer.
    seconds: list[float] = field(default_factory=list)

    def done(self, verb: str, partner: int | None = None) -> Iterator[Entry]:
        """What was acknowledged of a verb."""
        return self._of(Outcome.DONE, verb, partner)

    def refused(self, verb: str, partner: int | None = None) -> Iterator[Entry]:
        """What was refused of a verb."""
        return self._of(Outcome.REFUSED, verb, partner)

    def _of(self, outcome: Outcome, verb: str, partner: int | None) -> Iterator[Entry]:
        return (
            entry
            for entry in self.entries
            if entry.outcome is outcome and entry.verb == verb
            and partner in {None, entry.partner}
        )  # fmt: skip

    def count_done(self) -> Counter[str]:
        """How many of each verb were acknowledged."""
        return Counter(entry.verb for entry in self.entries if entry.outcome is Outcome.DONE)
