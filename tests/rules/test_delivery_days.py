from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.delivery_days import (
    DELIVERY_LAG_DAYS,
    Span,
    daily_file_days,
    daily_span,
    destination_changes_at,
    monthly_file_day,
    reseller_files_at,
)
from models.rules.months import BillingMonth, local_midnight

SHANGHAI = ZoneInfo("Asia/Shanghai")
MICROSECOND = timedelta(microseconds=1)

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
cycles = st.builds(BillingMonth, st.integers(2000, 2100), st.integers(1, 12))
lags = st.integers(1, 20)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
instants = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-04-01", "2026-03-01", "2026-03-30"),
        ("2026-04-02", "2026-03-01", "2026-03-31"),
        ("2026-04-03", "2026-04-01", "2026-04-01"),
        ("2026-04-06", "2026-04-01", "2026-04-04"),
        ("2026-05-02", "2026-04-01", "2026-04-30"),
        ("2026-05-03", "2026-05-01", "2026-05-01"),
        ("2026-03-01", "2026-02-01", "2026-02-27"),
        ("2026-03-02", "2026-02-01", "2026-02-28"),
        ("2026-03-03", "2026-03-01", "2026-03-01"),
        ("2024-03-01", "2024-02-01", "2024-02-28"),
        ("2024-03-02", "2024-02-01", "2024-02-29"),
        ("2027-01-01", "2026-12-01", "2026-12-30"),
        ("2027-01-02", "2026-12-01", "2026-12-31"),
        ("2027-01-03", "2027-01-01", "2027-01-01"),
    ],
)
def test_daily_file_covers_the_month_up_to_two_days_before(day: str, first: str, last: str) -> None:
    span = daily_span(date.fromisoformat(day), lag_days=DELIVERY_LAG_DAYS)
    assert span == Span(date.fromisoformat(first), date.fromisoformat(last))


def test_daily_file_covers_less_where_the_lag_is_longer() -> None:
    assert daily_span(date(2026, 4, 6), lag_days=1) == Span(date(2026, 4, 1), date(2026, 4, 5))
    assert daily_span(date(2026, 4, 6), lag_days=6) == Span(date(2026, 3, 1), date(2026, 3, 31))


@given(days, lags)
def test_each_day_has_one_file_and_it_is_among_those_of_its_cycle(day: date, lag: int) -> None:
    span = daily_span(day, lag_days=lag)
    assert day in daily_file_days(span.cycle, lag_days=lag)
    assert span.first == span.cycle.first_day
    assert day not in daily_file_days(span.cycle.plus(1), lag_days=lag)


@given(cycles, lags)
def test_daily_files_of_a_cycle_grow_by_a_day_until_it_is_whole(
    cycle: BillingMonth, lag: int
) -> None:
    spans = [daily_span(day, lag_days=lag) for day in daily_file_days(cycle, lag_days=lag)]
    assert [span.last.day for span in spans] == list(range(1, cycle.last_day.day + 1))
    assert {span.first for span in spans} == {cycle.first_day}
    assert spans[-1] == Span(cycle.first_day, cycle.last_day)


@given(cycles)
def test_monthly_file_is_of_the_day_on_which_the_daily_one_is_whole(cycle: BillingMonth) -> None:
    day = monthly_file_day(cycle)
    assert (day.day, BillingMonth(day.year, day.month)) == (2, cycle.plus(1))
    whole = Span(cycle.first_day, cycle.last_day)
    assert daily_span(day, lag_days=DELIVERY_LAG_DAYS) == whole


@pytest.mark.parametrize(
    ("zone", "confirmed", "due"),
    [
        ("Asia/Shanghai", "2026-03-05T02:00", "2026-03-08T16:00"),
        ("Asia/Shanghai", "2026-03-08T15:59:59.999999", "2026-03-08T16:00"),
        ("Asia/Shanghai", "2026-03-08T16:00", "2026-03-08T16:00"),
        ("Asia/Shanghai", "2026-04-30T10:11:12", "2026-04-30T10:11:12"),
        # New York's clock has moved on 8 March: its midnight is an hour earlier in UTC.
        ("America/New_York", "2026-03-05T02:00", "2026-03-09T04:00"),
        ("America/New_York", "2026-03-09T04:00:00.000001", "2026-03-09T04:00:00.000001"),
    ],
)
def test_reseller_files_are_due_on_the_ninth_or_at_the_confirmation(
    zone: str, confirmed: str, due: str
) -> None:
    at = reseller_files_at(BillingMonth(2026, 2), ZoneInfo(zone), confirmed_at=utc(confirmed))
    assert at == utc(due)


@given(cycles, zones, instants)
def test_reseller_files_are_never_due_before_either(
    cycle: BillingMonth, zone: ZoneInfo, confirmed: datetime
) -> None:
    at = reseller_files_at(cycle, zone, confirmed_at=confirmed)
    ninth = local_midnight(cycle.plus(1).first_day.replace(day=9), zone)
    assert at >= confirmed
    assert at >= ninth
    assert at in {confirmed, ninth}


@pytest.mark.parametrize(
    ("now", "zone", "then"),
    [
        ("2026-03-04T15:59:59", "Asia/Shanghai", "2026-03-04T16:00"),
        ("2026-03-04T16:00:00", "Asia/Shanghai", "2026-03-05T16:00"),
        ("2026-12-31T15:00:00", "Asia/Shanghai", "2026-12-31T16:00"),
        ("2026-03-08T04:59:59", "America/New_York", "2026-03-08T05:00"),
        ("2026-03-08T05:00:00", "America/New_York", "2026-03-09T04:00"),
        ("2026-11-01T04:00:00", "America/New_York", "2026-11-02T05:00"),
    ],
)
def test_change_of_bucket_takes_effect_at_the_next_local_midnight(
    now: str, zone: str, then: str
) -> None:
    assert destination_changes_at(utc(now), ZoneInfo(zone)) == utc(then)


@given(instants, zones)
def test_change_of_bucket_takes_effect_tomorrow(now: datetime, zone: ZoneInfo) -> None:
    then = destination_changes_at(now, zone)
    assert now < then
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    # Where a zone skipped a whole day (Samoa in 2011), tomorrow is the day after.
    assert then.astimezone(zone).date() - tomorrow <= timedelta(days=1)


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 3, 5)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        destination_changes_at(naive, SHANGHAI)
    with pytest.raises(ValueError, match="naive"):
        reseller_files_at(BillingMonth(2026, 2), SHANGHAI, confirmed_at=naive)
