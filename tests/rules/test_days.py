"""Local days: how they are written, and when they begin in each time zone."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.months import billing_zone, local_midnight, midnights, parse_day

DAYS = st.dates(date(2000, 1, 1), date(2999, 12, 31))


@given(DAYS)
def test_day_is_read_as_it_is_written(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-3-31", "20260331", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00"),
        *("1999-12-31", "3000-01-01", "2026-W01-1", "2026-01-01 ", "+2026-01-01", "２０２６-01-01"),
        "2026-01-01T00:00:00",
    ],
)
def test_any_other_text_is_no_day(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_day(text)
    assert refused.value.code is ErrorCode.INVALID_DATE


@pytest.mark.parametrize(
    ("zone", "day", "starts"),
    [
        ("Asia/Shanghai", date(2026, 4, 1), datetime(2026, 3, 31, 16, tzinfo=UTC)),
        # Its clocks go back at one in the morning: there are two midnights, and the first counts.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        # Its clocks went forward at midnight: there is none, and the day began at one.
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # A zone with summer time, though its name is also that of a fixed offset.
        ("CET", date(2026, 7, 1), datetime(2026, 6, 30, 22, tzinfo=UTC)),
    ],
)
def test_day_begins_at_local_midnight(zone: str, day: date, starts: datetime) -> None:
    assert local_midnight(day, ZoneInfo(zone)) == starts
    assert datetime.fromisoformat(json.loads(midnights(day))[zone]) == starts


def test_midnights_are_known_of_every_zone_that_a_partner_can_have() -> None:
    known = json.loads(midnights(date(2999, 12, 31)))
    assert {"UTC", "Asia/Kathmandu", "Pacific/Chatham"} <= set(known)
    for name in known:
        assert billing_zone(name).key == name


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "asia/shanghai", "a\0b"])
def test_other_names_are_no_zones(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        billing_zone(name)
    assert refused.value.code is ErrorCode.INVALID_TIME_ZONE
