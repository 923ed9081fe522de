"""Every date of a billing cycle, from the functions that the schedule uses (R63)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from models.rules.cutoffs import data_through, estimate_days, issue_window, payment_due
from models.rules.delivery_days import (
    Span,
    daily_file_days,
    daily_span,
    monthly_file_day,
    reseller_files_at,
)
from models.rules.months import BillingMonth, local_midnight


class CalendarEvent(StrEnum):
    """What happens on a date of the calendar."""

    CYCLE_START = "CYCLE_START"
    ESTIMATE = "ESTIMATE"
    CYCLE_END = "CYCLE_END"
    DAILY_FILE = "DAILY_FILE"
    MONTHLY_FILE = "MONTHLY_FILE"
    ISSUE_OPENS = "ISSUE_OPENS"
    ISSUE_DEADLINE = "ISSUE_DEADLINE"
    RESELLER_FILES = "RESELLER_FILES"
    PAYMENT_DUE = "PAYMENT_DUE"


DESCRIPTIONS = {
    CalendarEvent.CYCLE_START: "The cycle begins.",
    CalendarEvent.ESTIMATE: "The day's estimate is taken from now on.",
    CalendarEvent.CYCLE_END: "The cycle has ended; the next one begins.",
    CalendarEvent.DAILY_FILE: "The daily file of the own accounts is due in the bucket.",
    CalendarEvent.MONTHLY_FILE: "The month's file of the own accounts is due in the bucket;"
    " provisional until the bill is issued.",
    CalendarEvent.ISSUE_OPENS: "The bill is issued from now on.",
    CalendarEvent.ISSUE_DEADLINE: "The bill is issued before now, or is late.",
    CalendarEvent.RESELLER_FILES: "The reseller bills are due in the bucket, if the bill is"
    " confirmed; otherwise at its confirmation.",
    CalendarEvent.PAYMENT_DUE: "A bill issued as soon as the window opened has to be paid.",
}


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What happens from an instant on (UTC), or by it, and the local days that it is about."""

    event: CalendarEvent
    at: datetime
    covers: Span | None = None


@dataclass(frozen=True, slots=True)
class CalendarTerms:
    """What a partner's calendar follows from, beside the cycle."""

    zone: ZoneInfo
    payment_days: int
    lag_days: int


def billing_calendar(cycle: BillingMonth, terms: CalendarTerms) -> list[CalendarEntry]:
    """All dates of a cycle's life (R4, R7, R49 to R53), in order of time.

    Payment and reseller files are reckoned from a bill that is issued and confirmed as soon as the
    window opens: a later issue or confirmation defers them.
    """
    start, end = cycle.bounds(terms.zone)
    window = issue_window(cycle, terms.zone)
    due = payment_due(window.opens, terms.payment_days)
    reseller = reseller_files_at(cycle, terms.zone, confirmed_at=window.opens)
    monthly = local_midnight(monthly_file_day(cycle), terms.zone)
    whole = Span(cycle.first_day, cycle.last_day)
    entries = [
        CalendarEntry(CalendarEvent.CYCLE_START, start, whole),
        CalendarEntry(CalendarEvent.CYCLE_END, end, whole),
        CalendarEntry(CalendarEvent.MONTHLY_FILE, monthly, whole),
        CalendarEntry(CalendarEvent.ISSUE_OPENS, window.opens, whole),
        CalendarEntry(CalendarEvent.ISSUE_DEADLINE, window.deadline, whole),
        CalendarEntry(CalendarEvent.RESELLER_FILES, reseller, whole),
        CalendarEntry(CalendarEvent.PAYMENT_DUE, due, whole),
        *_estimates(cycle, terms),
        *_daily_files(cycle, terms),
    ]
    order = list(CalendarEvent)
    return sorted(entries, key=lambda entry: (entry.at, order.index(entry.event)))


def _estimates(cycle: BillingMonth, terms: CalendarTerms) -> Iterator[CalendarEntry]:
    for day in estimate_days(cycle):
        at = local_midnight(day, terms.zone)
        yield CalendarEntry(CalendarEvent.ESTIMATE, at, _estimated(cycle, day))


def _estimated(cycle: BillingMonth, day: date) -> Span | None:
    last = min(data_through(day), cycle.last_day)
    return Span(cycle.first_day, last) if last >= cycle.first_day else None


def _daily_files(cycle: BillingMonth, terms: CalendarTerms) -> Iterator[CalendarEntry]:
    for day in daily_file_days(cycle, lag_days=terms.lag_days):
        at = local_midnight(day, terms.zone)
        yield CalendarEntry(CalendarEvent.DAILY_FILE, at, daily_span(day, lag_days=terms.lag_days))
