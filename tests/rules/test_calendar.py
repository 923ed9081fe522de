from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.calendar import (
    DESCRIPTIONS,
    CalendarEntry,
    CalendarEvent,
    CalendarTerms,
    billing_calendar,
)
from models.rules.cutoffs import estimate_days, issue_window, newest_due_cycle, payment_due
from models.rules.delivery_days import Span
from models.rules.months import BillingMonth, local_midnight

SHANGHAI = ZoneInfo("Asia/Shanghai")

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
cycles = st.builds(BillingMonth, st.integers(2000, 2100), st.integers(1, 12))
terms = st.builds(CalendarTerms, zones, st.integers(0, 365), st.integers(1, 20))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def of(entries: list[CalendarEntry], event: CalendarEvent) -> list[CalendarEntry]:
    return [entry for entry in entries if entry.event is event]


@pytest.mark.parametrize(
    ("cycle", "zone", "dates"),
    [
        (
            "2026-02",
            "Asia/Shanghai",
            {
                "CYCLE_START": "2026-01-31T16:00",
                "CYCLE_END": "2026-02-28T16:00",
                "MONTHLY_FILE": "2026-03-01T16:00",
                "ISSUE_OPENS": "2026-03-04T17:00",
                "ISSUE_DEADLINE": "2026-03-05T04:00",
                "RESELLER_FILES": "2026-03-08T16:00",
                "PAYMENT_DUE": "2026-04-03T17:00",
            },
        ),
        (
            "2024-12",
            "Asia/Shanghai",
            {
                "CYCLE_START": "2024-11-30T16:00",
                "CYCLE_END": "2024-12-31T16:00",
                "MONTHLY_FILE": "2025-01-01T16:00",
                "ISSUE_OPENS": "2025-01-04T17:00",
                "ISSUE_DEADLINE": "2025-01-05T04:00",
                "RESELLER_FILES": "2025-01-08T16:00",
                "PAYMENT_DUE": "2025-02-03T17:00",
            },
        ),
        (
            # The clock moves on 8 March, between the issue and the reseller files.
            "2026-02",
            "America/New_York",
            {
                "CYCLE_START": "2026-02-01T05:00",
                "CYCLE_END": "2026-03-01T05:00",
                "MONTHLY_FILE": "2026-03-02T05:00",
                "ISSUE_OPENS": "2026-03-05T06:00",
                "ISSUE_DEADLINE": "2026-03-05T17:00",
                "RESELLER_FILES": "2026-03-09T04:00",
                "PAYMENT_DUE": "2026-04-04T06:00",
            },
        ),
    ],
)
def test_calendar_has_every_date_of_the_cycle(cycle: str, zone: str, dates: dict[str, str]) -> None:
    entries = billing_calendar(BillingMonth.parse(cycle), CalendarTerms(ZoneInfo(zone), 30, 2))
    single = {
        entry.event.value: entry.at
        for entry in entries
        if entry.event not in {CalendarEvent.ESTIMATE, CalendarEvent.DAILY_FILE}
    }
    assert single == {event: utc(at) for event, at in dates.items()}


def test_daily_files_of_a_leap_february_reach_into_march() -> None:
    files = of(
        billing_calendar(BillingMonth(2024, 2), CalendarTerms(SHANGHAI, 30, 2)),
        CalendarEvent.DAILY_FILE,
    )
    assert len(files) == 29
    first, last = date(2024, 2, 1), date(2024, 2, 29)
    assert (files[0].at, files[0].covers) == (utc("2024-02-02T16:00"), Span(first, first))
    assert (files[-1].at, files[-1].covers) == (utc("2024-03-01T16:00"), Span(first, last))


def test_estimates_run_from_the_first_to_the_day_of_issue() -> None:
    estimates = of(
        billing_calendar(BillingMonth(2026, 4), CalendarTerms(SHANGHAI, 30, 2)),
        CalendarEvent.ESTIMATE,
    )
    first = date(2026, 4, 1)
    covered = [entry.covers for entry in estimates]
    assert covered[:3] == [None, Span(first, first), Span(first, date(2026, 4, 2))]
    assert covered[-5:] == [Span(first, date(2026, 4, 30))] * 5
    assert (estimates[0].at, estimates[-1].at) == (utc("2026-03-31T16:00"), utc("2026-05-04T16:00"))


@given(cycles, terms)
def test_calendar_is_complete_and_in_order(cycle: BillingMonth, given_terms: CalendarTerms) -> None:
    entries = billing_calendar(cycle, given_terms)
    days = cycle.last_day.day
    expected = dict.fromkeys(CalendarEvent, 1)
    expected |= {CalendarEvent.ESTIMATE: days + 5, CalendarEvent.DAILY_FILE: days}
    assert Counter(entry.event for entry in entries) == expected
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert {entry.at.tzinfo for entry in entries} == {UTC}
    covered = [entry.covers for entry in entries if entry.covers]
    assert all(span.cycle == cycle and span.first == cycle.first_day for span in covered)


@given(cycles, terms)
def test_calendar_says_what_the_rules_say(cycle: BillingMonth, given_terms: CalendarTerms) -> None:
    entries = billing_calendar(cycle, given_terms)
    zone = given_terms.zone
    at = {entry.event: entry.at for entry in entries}
    window = issue_window(cycle, zone)
    assert (at[CalendarEvent.ISSUE_OPENS], at[CalendarEvent.ISSUE_DEADLINE]) == (
        window.opens,
        window.deadline,
    )
    assert (at[CalendarEvent.CYCLE_START], at[CalendarEvent.CYCLE_END]) == cycle.bounds(zone)
    due = timedelta(days=given_terms.payment_days)
    assert at[CalendarEvent.PAYMENT_DUE] - window.opens == due


@given(cycles, zones)
def test_estimate_days_are_those_before_the_issue_window_opens(
    cycle: BillingMonth, zone: ZoneInfo
) -> None:
    days = estimate_days(cycle)
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == (cycle.first_day, cycle.plus(1).first_day.replace(day=5))
    assert newest_due_cycle(local_midnight(days[-1], zone), zone) < cycle
    after = local_midnight(days[-1] + timedelta(days=1), zone)
    assert newest_due_cycle(after, zone) == cycle


def test_payment_is_due_so_many_days_after_the_issue() -> None:
    issued = utc("2026-03-05T01:02:03")
    assert payment_due(issued, 30) == utc("2026-04-04T01:02:03")
    assert payment_due(issued, 0) == issued
    with pytest.raises(ValueError, match="naive"):
        payment_due(datetime(2026, 3, 5), 30)  # noqa: DTZ001


def test_every_event_is_described() -> None:
    assert list(DESCRIPTIONS) == list(CalendarEvent)
