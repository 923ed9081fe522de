"""The billing calendar in the schema."""

import strawberry

from api.enums import CalendarEvent
from api.partners import Partner
from api.planned import field
from api.scalars import Date, DateTime, Month


@strawberry.type(description="One date of a billing cycle, and what happens on it.")
class CalendarEntry:
    """An entry of the calendar."""

    event: CalendarEvent = field("What happens.")
    date: Date = field("The day, in the partner's time zone.")
    at: DateTime = field("The instant from which, or by which, it happens.")
    covers_from: Date | None = field(
        "The first local day whose usage it is about; null while no day is complete."
    )
    covers_through: Date | None = field(
        "The last local day whose usage it is about; null while no day is complete."
    )
    description: str = field("What happens, in a sentence.")


@strawberry.type(description="Every date of a billing cycle, as the schedule reckons them.")
class BillingCalendar:
    """A cycle's calendar (R63)."""

    cycle: Month = field("The billing cycle.")
    time_zone: str = field("The IANA zone that the days are in: the partner's.")
    partner: Partner = field("The partner whose calendar it is.")
    entries: list[CalendarEntry] = field("The dates, in order of time.")
