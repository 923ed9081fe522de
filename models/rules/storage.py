"""When a partner's files go to which of its buckets: terms that never overlap (R43, R55, R56).

What has been is never changed: a term's start stays as it is, and its end moves only while it lies
ahead. Servers' clocks differ, so a verb never acts before what was done last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from models.rules.delivery_days import destination_changes_at
from models.rules.errors import Conflict, ErrorCode


@dataclass(frozen=True, slots=True)
class Term:
    """The time in which files go to one destination: from `start` up to `end`, None for no end.

    `number` is the destination's, `made_at` when it was chosen. One that was taken back before it
    began ends where it starts: it never held.
    """

    number: int
    made_at: datetime
    start: datetime
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether files go there at an instant."""
        return self.start <= at and (self.end is None or at < self.end)

    def is_ahead(self, at: datetime) -> bool:
        """Whether it has yet to begin at an instant."""
        return at < self.start and self.start != self.end


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of the terms: an end for some of them by number, and the start of a new one."""

    at: datetime
    ends: dict[int, datetime] = field(default_factory=dict)
    start: datetime | None = None


def begin(terms: Sequence[Term], now: datetime) -> Turn:
    """The first destination, or the first one after a pause, holds from now.

    Raises Conflict while there is one that holds, or will.
    """
    at = _moment(terms, now)
    if _held(terms, at) or any(term.is_ahead(at) for term in terms):
        raise Conflict("Bill storage is enabled already; change its bucket instead.")
    return Turn(at, start=at)


def move(terms: Sequence[Term], now: datetime, zone: ZoneInfo) -> Turn:
    """Another destination holds from the next local midnight, the present one until then (R56).

    It takes the place of one that was to begin. Raises Conflict (STORAGE_NOT_ENABLED).
    """
    at = _moment(terms, now)
    held = _held(terms, at)
    if held is None:
        raise Conflict("Bill storage is not enabled.", ErrorCode.STORAGE_NOT_ENABLED)
    start = destination_changes_at(at, zone)
    return Turn(at, {held.number: start, **_taken_back(terms, at)}, start)


def stop(terms: Sequence[Term], now: datetime) -> Turn:
    """No destination holds from now on, and none will (R55); harmless when none did."""
    at = _moment(terms, now)
    held = _held(terms, at)
    return Turn(at, ({held.number: at} if held else {}) | _taken_back(terms, at))


def _moment(terms: Sequence[Term], now: datetime) -> datetime:
    """Now, or a little later by the clock of whoever was last to choose or to stop.

    An end at which no other term starts is that of a stop.
    """
    starts = {term.start for term in terms}
    stops = {term.end for term in terms if term.end is not None} - starts
    return max([now, *stops, *(term.made_at for term in terms)])


def _held(terms: Sequence[Term], at: datetime) -> Term | None:
    return next((term for term in terms if term.holds(at)), None)


def _taken_back(terms: Sequence[Term], at: datetime) -> dict[int, datetime]:
    return {term.number: term.start for term in terms if term.is_ahead(at)}
