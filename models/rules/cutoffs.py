"""On which day and at what time things are due, seen from the billing zone (R4, R5, R7)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.rules.months import BillingMonth, require_aware

ISSUE_DAY = 5
ISSUE_OPENS = time(1)
ISSUE_DEADLINE = time(12)


@dataclass(frozen=True, slots=True)
class IssueWindow:
    """When the bill of a cycle is made: from `opens`, by `deadline`; aware UTC instants."""

    opens: datetime
    deadline: datetime

    def is_missed_at(self, now: datetime) -> bool:
        """Whether a bill issued at `now` is late: the deadline itself is too late (R4)."""
        return require_aware(now) >= self.deadline


def issue_window(cycle: BillingMonth, zone: ZoneInfo) -> IssueWindow:
    """The issue window of a cycle: 01:00 to 12:00 on the 5th of the next month, local time (R4).

    Where a change of the clock repeats that local time, the first is meant; where it skips it, the
    instant at which it would have been.
    """
    day = cycle.plus(1).first_day.replace(day=ISSUE_DAY)
    return IssueWindow(_instant(day, ISSUE_OPENS, zone), _instant(day, ISSUE_DEADLINE, zone))


def newest_due_cycle(now: datetime, zone: ZoneInfo) -> BillingMonth:
    """The newest cycle whose issue window has opened; every earlier one is due, too (R4)."""
    last_month = BillingMonth.at(now, zone).plus(-1)
    is_open = issue_window(last_month, zone).opens <= now
    return last_month if is_open else last_month.plus(-1)


def payment_due(issued_at: datetime, payment_days: int) -> datetime:
    """When a bill has to be paid: so many times 24 hours after it was issued."""
    return require_aware(issued_at) + timedelta(days=payment_days)


def estimate_days(cycle: BillingMonth) -> list[date]:
    """The local days on which a cycle is estimated: from its first to that of its issue (R5, R7).

    On the last of them only until the issue window opens; on the first, the cycle has no complete
    day yet, and what is known of it has no usage interval.
    """
    last = cycle.plus(1).first_day.replace(day=ISSUE_DAY)
    days = (last - cycle.first_day).days + 1
    return [cycle.first_day + timedelta(days=n) for n in range(days)]


def estimate_day(now: datetime, zone: ZoneInfo) -> date:
    """The local day whose estimate is due now, and the last that can be taken (R7)."""
    return require_aware(now).astimezone(zone).date()


def data_through(day: date) -> date:
    """The last local day that is complete in the estimate of `day`: the day before it (R7)."""
    return day - timedelta(days=1)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
