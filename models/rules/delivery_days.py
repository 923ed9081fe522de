"""On which day a partner's files are delivered, and what is in them (R47, R49 to R51, R53, R56)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.rules.months import BillingMonth, local_midnight, require_aware

# A day's usage is complete, and delivered, so many days later; the setting's default (R49).
DELIVERY_LAG_DAYS = 2
MONTHLY_DAY = 2
RESELLER_DAY = 9


@dataclass(frozen=True, slots=True)
class Span:
    """Local days of one month, both included."""

    first: date
    last: date

    @property
    def cycle(self) -> BillingMonth:
        """The month that they are in."""
        return BillingMonth(self.last.year, self.last.month)


def daily_span(day: date, *, lag_days: int) -> Span:
    """What the daily file of a local day covers: the month up to `lag_days` before (R50).

    With a lag of 2, the file of 1 April covers 1 to 30 March, that of 3 April only 1 April.
    """
    last = day - timedelta(days=lag_days)
    return Span(last.replace(day=1), last)


def daily_file_days(cycle: BillingMonth, *, lag_days: int) -> list[date]:
    """The local days whose daily files are about a cycle, one for each of its days (R49, R50)."""
    first, days = cycle.first_day, cycle.last_day.day
    return [first + timedelta(days=n + lag_days) for n in range(days)]


def monthly_file_day(cycle: BillingMonth) -> date:
    """The local day of a cycle's complete file: the 2nd of the month after (R51)."""
    return cycle.plus(1).first_day.replace(day=MONTHLY_DAY)


def reseller_files_at(cycle: BillingMonth, zone: ZoneInfo, *, confirmed_at: datetime) -> datetime:
    """When a cycle's reseller bills are due in the bucket, in UTC (R47, R53).

    The later of the 9th of the month after and the confirmation.
    """
    day = cycle.plus(1).first_day.replace(day=RESELLER_DAY)
    return max(local_midnight(day, zone), require_aware(confirmed_at))


def destination_changes_at(now: datetime, zone: ZoneInfo) -> datetime:
    """When a change of bucket that is made now takes effect: the next local midnight (R56)."""
    today = require_aware(now).astimezone(zone).date()
    return local_midnight(today + timedelta(days=1), zone)
