"""The month that a FOCUS row is for, where the billing zone has a say in it (requirements §8)."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.rules.months import BillingMonth

# From where a day begins last to where it begins first.
_LAST_ZONE, _FIRST_ZONE = timedelta(hours=-12), timedelta(hours=14)


class ZonedMonth(NamedTuple):
    """The month of an instant, told by the billing zone.

    Where a billing period begins at the instant, `written` is its month as it is written, which
    holds unless a month begins there in the zone. Else the instant is that of the usage.
    """

    instant: datetime
    written: str = ""

    def within(self, zone: ZoneInfo) -> str:
        """The month, YYYY-MM, seen from a billing zone; of any year, a cycle's or not."""
        month = BillingMonth.at(self.instant, zone)
        is_begun = month.bounds(zone)[0] == self.instant
        return self.written if self.written and not is_begun else str(month)

    def beside(self, cycle: str) -> str | None:
        """The month that it would be in other zones instead of `cycle`, if there is one."""
        months = (self.written or _month(self.instant + _LAST_ZONE), self.latest)
        return next((month for month in months if month != cycle), None)

    @property
    def latest(self) -> str:
        """The latest month that it is in any zone."""
        return _month(self.instant + _FIRST_ZONE)


def month_of_period(text: str, start: datetime) -> str | ZonedMonth:
    """The month of a billing period that begins at `start`, written as `text`.

    What is written as a first day is a day of that month, and in no zone the start of another.
    """
    written, is_first = text[:7], text[8:10] == "01"
    zoned = ZonedMonth(start, written)
    return written if is_first or zoned.beside(written) is None else zoned


def _month(instant: datetime) -> str:
    return f"{instant:%Y-%m}"
