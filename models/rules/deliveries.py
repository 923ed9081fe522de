"""Which files are due in a partner's bucket, when, and how a delivery moves (R46 to R57)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from models.rules.delivery_days import Span, daily_span, monthly_file_day
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.months import BillingMonth, local_midnight
from models.rules.storage_states import DeliveryKind, DeliveryStatus

# So many days can be asked about, or mended, at once.
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from `start` up to `end`, which is not in it; None for no end."""

    start: datetime
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether an instant is in it."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class ChosenAccount:
    """An account with files of its own, and when it has them."""

    account: str
    term: Interval


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What says which of a partner's daily and monthly files are due.

    `destinations` are the times in which there was a bucket. Every one of `billing_accounts` has
    files, `chosen` ones only in their time. `first_cycle` is the first with self-use charges, None
    without any: there is nothing to tell before.
    """

    zone: ZoneInfo
    lag_days: int
    destinations: tuple[Interval, ...]
    billing_accounts: tuple[str, ...]
    chosen: tuple[ChosenAccount, ...]
    first_cycle: BillingMonth | None


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file of one account that is due from an instant (UTC) on; `span` are the days in it."""

    kind: DeliveryKind
    account: str
    day: date
    due_at: datetime
    span: Span

    @property
    def key(self) -> str:
        """What tells it from every other file of its partner."""
        return f"{self.kind}:{self.day}:{self.account}"


def first_open_day(terms: DeliveryTerms, through: date | None) -> date | None:
    """The first local day after `through`, or with a bucket; None where there never was one."""
    if not terms.destinations:
        return None
    if through:
        return through + timedelta(days=1)
    return min(term.start for term in terms.destinations).astimezone(terms.zone).date()


def reseller_key(bill: str) -> str:
    """What tells the file of a reseller bill, named by its public id, from every other one."""
    return f"{DeliveryKind.RESELLER}:{bill}"


def files_due(terms: DeliveryTerms, first: date, last: date) -> Iterator[DueFile]:
    """The daily and monthly files of the local days from `first` to `last`, in order of time.

    A file is due at the midnight with which its day begins, where there is a bucket at that instant
    (R56), and one for each account (R46).
    """
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        due_at = local_midnight(day, terms.zone)
        if any(destination.holds(due_at) for destination in terms.destinations):
            for kind, span in _files_of(terms, day):
                for account in _accounts_at(terms, due_at):
                    yield DueFile(kind, account, day, due_at, span)


def _files_of(terms: DeliveryTerms, day: date) -> Iterator[tuple[DeliveryKind, Span]]:
    month = BillingMonth(day.year, day.month).plus(-1)
    files = [(DeliveryKind.DAILY, daily_span(day, lag_days=terms.lag_days))]
    if day == monthly_file_day(month):
        files.append((DeliveryKind.MONTHLY, Span(month.first_day, month.last_day)))
    first_cycle = terms.first_cycle
    for kind, span in files:
        if first_cycle is not None and first_cycle <= span.cycle:
            yield kind, span


def _accounts_at(terms: DeliveryTerms, at: datetime) -> list[str]:
    chosen = (chosen.account for chosen in terms.chosen if chosen.term.holds(at))
    return list(dict.fromkeys((*terms.billing_accounts, *chosen)))


def require_days(first: date, last: date) -> None:
    """Raise InvalidInput unless `first` to `last` are 1 to 366 days.

    INVALID_RANGE when the last is before the first, RANGE_TOO_LONG for more.
    """
    days = (last - first).days + 1
    if days < 1:
        raise InvalidInput(f"{last} is before {first}.", ErrorCode.INVALID_RANGE)
    if days > LONGEST_DAYS:
        raise InvalidInput(
            f"{first} to {last} are {days} days; at most {LONGEST_DAYS} can be asked for at once.",
            ErrorCode.RANGE_TOO_LONG,
        )


class DeliveryVerb(StrEnum):
    """What can happen to a delivery that is there."""

    CONFIRM = "CONFIRM"
    START = "START"
    DELIVER = "DELIVER"
    POSTPONE = "POSTPONE"
    GIVE_UP = "GIVE_UP"
    SKIP = "SKIP"
    KEEP = "KEEP"
    ASK = "ASK"


_UNFINISHED = (DeliveryStatus.SCHEDULED, DeliveryStatus.RETRYING, DeliveryStatus.RUNNING)
_ASKABLE = (
    DeliveryStatus.SCHEDULED,
    DeliveryStatus.RETRYING,
    DeliveryStatus.FAILED,
    DeliveryStatus.SKIPPED,
    DeliveryStatus.DELIVERED,
)
# A delivery is started again when its worker was lost, or when an operator lets a parked job retry.
DELIVERY_MOVES: dict[tuple[DeliveryStatus, DeliveryVerb], DeliveryStatus] = {
    (DeliveryStatus.WAITING_FOR_CONFIRMATION, DeliveryVerb.CONFIRM): DeliveryStatus.SCHEDULED,
    (DeliveryStatus.FAILED, DeliveryVerb.START): DeliveryStatus.RUNNING,
    (DeliveryStatus.RUNNING, DeliveryVerb.DELIVER): DeliveryStatus.DELIVERED,
    (DeliveryStatus.RUNNING, DeliveryVerb.POSTPONE): DeliveryStatus.RETRYING,
    **{(status, DeliveryVerb.START): DeliveryStatus.RUNNING for status in _UNFINISHED},
    **{(status, DeliveryVerb.GIVE_UP): DeliveryStatus.FAILED for status in _UNFINISHED},
    **{(status, DeliveryVerb.SKIP): DeliveryStatus.SKIPPED for status in _UNFINISHED},
    # What was delivered before stays so, once it was found or when nobody may look for it.
    **{(status, DeliveryVerb.KEEP): DeliveryStatus.DELIVERED for status in _UNFINISHED},
    **{(status, DeliveryVerb.ASK): DeliveryStatus.SCHEDULED for status in _ASKABLE},
}


def delivery_statuses_before(verb: DeliveryVerb) -> list[DeliveryStatus]:
    """From where a verb moves on, in the order of the moves."""
    return [status for status, moved_by in DELIVERY_MOVES if moved_by is verb]
