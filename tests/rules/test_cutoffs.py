from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.cutoffs import data_through, estimate_day, issue_window, newest_due_cycle
from models.rules.months import BillingMonth

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MICROSECOND = timedelta(microseconds=1)

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
cycles = st.builds(BillingMonth, st.integers(2000, 2100), st.integers(1, 12))
instants = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cycle", "zone", "opens", "deadline"),
    [
        ("2026-02", "Asia/Shanghai", "2026-03-04T17:00", "2026-03-05T04:00"),
        ("2026-12", "Asia/Shanghai", "2027-01-04T17:00", "2027-01-05T04:00"),
        ("2024-02", "America/New_York", "2024-03-05T06:00", "2024-03-05T17:00"),
        ("2026-03", "America/New_York", "2026-04-05T05:00", "2026-04-05T16:00"),
        ("2026-02", "Pacific/Kiritimati", "2026-03-04T11:00", "2026-03-04T22:00"),
        ("2026-02", "Etc/GMT+12", "2026-03-05T13:00", "2026-03-06T00:00"),
    ],
)
def test_issue_window_is_the_fifth_from_one_to_noon_in_the_billing_zone(
    cycle: str, zone: str, opens: str, deadline: str
) -> None:
    window = issue_window(BillingMonth.parse(cycle), ZoneInfo(zone))
    assert (window.opens, window.deadline) == (utc(opens), utc(deadline))


def test_issue_window_knows_local_times_that_come_twice_or_never() -> None:
    # New York repeats 01:00 to 02:00 on 5 November 2023; the first is still summer time.
    twice = issue_window(BillingMonth(2023, 10), NEW_YORK)
    assert (twice.opens, twice.deadline) == (utc("2023-11-05T05:00"), utc("2023-11-05T17:00"))
    # Havana's clock goes from 01:00 back to 00:00 that night, so that 01:00 comes once, later.
    once = issue_window(BillingMonth(2023, 10), ZoneInfo("America/Havana"))
    assert once.opens == utc("2023-11-05T06:00")
    # Moncton's went from 00:01 to 01:01 on 5 April 1998: 01:00 would have been 02:00.
    never = issue_window(BillingMonth(1998, 3), ZoneInfo("America/Moncton"))
    assert never.opens == utc("1998-04-05T05:00")


def test_bill_at_the_deadline_is_late_and_a_microsecond_before_it_is_not() -> None:
    window = issue_window(BillingMonth(2026, 2), SHANGHAI)
    assert window.is_missed_at(window.deadline)
    assert not window.is_missed_at(window.deadline - MICROSECOND)


@given(cycles, zones)
def test_issue_window_lies_on_the_fifth_after_the_cycle_has_ended(
    cycle: BillingMonth, zone: ZoneInfo
) -> None:
    window = issue_window(cycle, zone)
    local = window.deadline.astimezone(zone)
    assert (local.day, BillingMonth(local.year, local.month)) == (5, cycle.plus(1))
    assert cycle.bounds(zone)[1] < window.opens < window.deadline


@given(cycles, zones)
def test_cycle_is_due_from_the_opening_of_its_window_on(
    cycle: BillingMonth, zone: ZoneInfo
) -> None:
    opens = issue_window(cycle, zone).opens
    assert newest_due_cycle(opens, zone) == cycle
    assert newest_due_cycle(opens - MICROSECOND, zone) == cycle.plus(-1)


@given(instants, zones)
def test_newest_due_cycle_has_opened_and_the_next_one_has_not(
    now: datetime, zone: ZoneInfo
) -> None:
    newest = newest_due_cycle(now, zone)
    assert issue_window(newest, zone).opens <= now < issue_window(newest.plus(1), zone).opens


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        ("2026-03-04T15:59:59", "Asia/Shanghai", date(2026, 3, 4)),
        ("2026-03-04T16:00:00", "Asia/Shanghai", date(2026, 3, 5)),
        ("2024-03-01T04:59:59", "America/New_York", date(2024, 2, 29)),
        ("2026-03-08T05:00:00", "America/New_York", date(2026, 3, 8)),
        ("2026-03-09T04:00:00", "America/New_York", date(2026, 3, 9)),
    ],
)
def test_estimate_day_is_the_local_date(now: str, zone: str, day: date) -> None:
    assert estimate_day(utc(now), ZoneInfo(zone)) == day


def test_estimate_covers_complete_days_only() -> None:
    assert data_through(date(2024, 3, 1)) == date(2024, 2, 29)
    assert data_through(date(2026, 3, 1)) == date(2026, 2, 28)


@given(instants, zones)
def test_data_of_an_estimate_is_complete_when_it_is_taken(now: datetime, zone: ZoneInfo) -> None:
    covered = data_through(estimate_day(now, zone))
    assert covered < now.astimezone(zone).date()


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 3, 5)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        newest_due_cycle(naive, SHANGHAI)
    with pytest.raises(ValueError, match="naive"):
        estimate_day(naive, SHANGHAI)
