"""Billing months (cycles): calendar months in a billing time zone (R3)."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from models.rules.errors import ErrorCode, InvalidInput

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
FIRST_YEAR, LAST_YEAR = 2000, 2999
# An instant in UTC as text that sorts by time: at rest on SQLite, and in answers (RFC 3339).
INSTANT_TEXT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True, order=True)
class BillingMonth:
    """A cycle, `YYYY-MM`; ordered by time."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "BillingMonth":
        """Read `YYYY-MM`; raises InvalidInput (INVALID_MONTH)."""
        match = _MONTH.fullmatch(text)
        if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise InvalidInput(
                "A month is written YYYY-MM, as in 2026-03.", ErrorCode.INVALID_MONTH
            )
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def at(cls, instant: datetime, zone: ZoneInfo) -> "BillingMonth":
        """The cycle that contains an aware instant, seen from the billing zone."""
        local = require_aware(instant).astimezone(zone)
        return cls(local.year, local.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def plus(self, months: int) -> "BillingMonth":
        """The cycle `months` later (earlier when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return BillingMonth(year, month + 1)

    @property
    def first_day(self) -> date:
        """The first local day."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last local day."""
        return self.plus(1).first_day - timedelta(days=1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The half-open interval [start, end) in UTC."""
        return local_midnight(self.first_day, zone), local_midnight(self.plus(1).first_day, zone)


def month_range(start: BillingMonth, end: BillingMonth, *, longest: int) -> list[BillingMonth]:
    """The cycles from `start` to `end`, both included.

    Raises InvalidInput: INVALID_RANGE when end is before start, RANGE_TOO_LONG above `longest`.
    """
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    if count < 1:
        raise InvalidInput(f"{end} is before {start}.", ErrorCode.INVALID_RANGE)
    if count > longest:
        raise InvalidInput(
            f"{start} to {end} are {count} months; at most {longest} can be asked for at once.",
            ErrorCode.RANGE_TOO_LONG,
        )
    return [start.plus(i) for i in range(count)]


def parse_day(text: str) -> date:
    """Read `YYYY-MM-DD`, years 2000 to 2999; raises InvalidInput (INVALID_DATE)."""
    try:
        if not _DAY.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise InvalidInput(
            "A day is written YYYY-MM-DD, as in 2026-03-31.", ErrorCode.INVALID_DATE
        ) from wrong


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=64)
def midnights(day: date) -> str:
    """The instant at which a local day begins in each time zone: a JSON object by the zone's name.

    A database that has the name of a zone is told so. PostgreSQL's own rules are another edition,
    take CET for a fixed offset, and choose the later of two midnights.
    """
    return json.dumps(
        {name: local_midnight(day, zone).strftime(INSTANT_TEXT) for name, zone in _zones().items()}
    )


@cache
def _zones() -> dict[str, ZoneInfo]:
    return {name: ZoneInfo(name) for name in _zone_names()}


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def instant_text(text: str) -> str:
    """Read an RFC 3339 instant, years 2000 to 2999, into its one text in UTC.

    Raises InvalidInput (INVALID_DATE); a leap second, or a text without an offset, is none.
    """
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError(text)
        return datetime.fromisoformat(text).astimezone(UTC).strftime(INSTANT_TEXT)
    except ValueError as wrong:
        raise InvalidInput(
            "An instant is written as in 2026-03-31T09:30:00+08:00 or 2026-03-31T01:30:00Z.",
            ErrorCode.INVALID_DATE,
        ) from wrong


def require_aware(instant: datetime) -> datetime:
    """Return an aware instant unchanged; a naive one is a bug, not input."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime reached a rule")
    return instant


def billing_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; raises InvalidInput (INVALID_TIME_ZONE)."""
    if name not in _zone_names():
        raise InvalidInput(
            f"{name[:60]!r} is not an IANA time zone, such as Asia/Shanghai.",
            ErrorCode.INVALID_TIME_ZONE,
        )
    return ZoneInfo(name)
