"""The month that a FOCUS row is for, where the billing zone has a say in it (requirements §8)."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.rules.months import BillingMonth

# From where a day begins last to where it begins first.
_LAST_ZONE, _FIRST_ZONE = timedelta(hours=-12), timedelta(hours=14)


class ZonedMonth(NamedTuple):
    """The month of an instant: of the usage, as no billing period was given."""

    instant: datetime

    def within(self, zone: ZoneInfo) -> str:
        """The month, YYYY-MM, seen from a billing zone; of any year, a cycle's or not."""
        return str(BillingMonth.at(self.instant, zone))

    def beside(self, cycle: str) -> str | None:
        """The month that it would be in other zones instead of `cycle`, if there is one."""
        months = (self.instant + _LAST_ZONE, self.instant + _FIRST_ZONE)
        return next((text for text in map("{:%Y-%m}".format, months) if text != cycle), None)
