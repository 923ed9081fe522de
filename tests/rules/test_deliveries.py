"""Which files are due: the date table of R50, the edges of the calendar, buckets and accounts."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.deliveries import (
    DELIVERY_MOVES,
    ChosenAccount,
    DeliveryTerms,
    DeliveryVerb,
    DueFile,
    Interval,
    delivery_statuses_before,
    files_due,
    require_days,
)
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.months import BillingMonth, local_midnight
from models.rules.storage_states import DeliveryKind, DeliveryStatus

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ALWAYS = Interval(LONG_AGO)


def terms(
    *destinations: Interval,
    zone: ZoneInfo = SHANGHAI,
    lag_days: int = 2,
    accounts: tuple[str, ...] = ("100",),
    chosen: tuple[ChosenAccount, ...] = (),
    first_cycle: str | None = "2020-01",
) -> DeliveryTerms:
    first = BillingMonth.parse(first_cycle) if first_cycle else None
    return DeliveryTerms(zone, lag_days, destinations or (ALWAYS,), accounts, chosen, first)


def due(say: DeliveryTerms, first: str, last: str | None = None) -> list[DueFile]:
    return list(files_due(say, date.fromisoformat(first), date.fromisoformat(last or first)))


def told(files: list[DueFile]) -> list[str]:
    return [f"{file.kind} {file.span.first} {file.span.last} {file.account}" for file in files]


@pytest.mark.parametrize(
    ("day", "files"),
    [
        ("2026-04-01", ["DAILY 2026-03-01 2026-03-30"]),
        ("2026-04-02", ["DAILY 2026-03-01 2026-03-31", "MONTHLY 2026-03-01 2026-03-31"]),
        ("2026-04-03", ["DAILY 2026-04-01 2026-04-01"]),
        ("2026-04-06", ["DAILY 2026-04-01 2026-04-04"]),
        ("2026-04-08", ["DAILY 2026-04-01 2026-04-06"]),
        ("2026-05-02", ["DAILY 2026-04-01 2026-04-30", "MONTHLY 2026-04-01 2026-04-30"]),
        ("2026-05-03", ["DAILY 2026-05-01 2026-05-01"]),
        ("2024-03-01", ["DAILY 2024-02-01 2024-02-28"]),
        ("2024-03-02", ["DAILY 2024-02-01 2024-02-29", "MONTHLY 2024-02-01 2024-02-29"]),
        ("2025-03-02", ["DAILY 2025-02-01 2025-02-28", "MONTHLY 2025-02-01 2025-02-28"]),
        ("2027-01-01", ["DAILY 2026-12-01 2026-12-30"]),
        ("2027-01-02", ["DAILY 2026-12-01 2026-12-31", "MONTHLY 2026-12-01 2026-12-31"]),
    ],
)
def test_files_of_a_day_are_those_of_the_date_table(day: str, files: list[str]) -> None:
    assert told(due(terms(), day)) == [f"{file} 100" for file in files]


@pytest.mark.parametrize(
    ("lag_days", "day", "first", "last"),
    [
        (1, "2026-04-01", "2026-03-01", "2026-03-31"),
        (1, "2026-04-02", "2026-04-01", "2026-04-01"),
        (3, "2026-04-03", "2026-03-01", "2026-03-31"),
        (20, "2026-03-20", "2026-02-01", "2026-02-28"),
        (20, "2024-03-20", "2024-02-01", "2024-02-29"),
    ],
)
def test_lag_moves_the_daily_file_and_not_the_monthly_one(
    lag_days: int, day: str, first: str, last: str
) -> None:
    files = due(terms(lag_days=lag_days), day)
    assert told(files)[0] == f"DAILY {first} {last} 100"
    second = due(terms(lag_days=lag_days), "2026-04-02")
    assert told(second)[-1] == "MONTHLY 2026-03-01 2026-03-31 100"


def test_files_are_due_at_midnight_of_the_partners_zone() -> None:
    [file] = due(terms(zone=ZoneInfo("America/New_York")), "2026-04-01")
    assert file.due_at == datetime(2026, 4, 1, 4, tzinfo=UTC)
    [file] = due(terms(), "2026-04-01")
    assert file.due_at == datetime(2026, 3, 31, 16, tzinfo=UTC)


MIDNIGHT = local_midnight(date(2026, 4, 6), SHANGHAI)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("start", "end", "is_due"),
    [
        (MIDNIGHT, None, True),
        (MIDNIGHT + INSTANT, None, False),
        (LONG_AGO, MIDNIGHT, False),
        (LONG_AGO, MIDNIGHT + INSTANT, True),
        (MIDNIGHT, MIDNIGHT, False),
    ],
)
def test_file_is_due_where_there_is_a_bucket_at_its_midnight(
    start: datetime, end: datetime | None, is_due: bool
) -> None:
    assert bool(due(terms(Interval(start, end)), "2026-04-06")) is is_due


def test_change_of_bucket_leaves_no_day_out_and_doubles_none() -> None:
    files = due(terms(Interval(LONG_AGO, MIDNIGHT), Interval(MIDNIGHT)), "2026-04-04", "2026-04-08")
    assert [str(file.day) for file in files] == [f"2026-04-0{n}" for n in range(4, 9)]


def test_sub_account_has_files_while_it_is_chosen_and_never_two() -> None:
    chosen = (
        ChosenAccount("sub", Interval(LONG_AGO, MIDNIGHT)),
        ChosenAccount("200", ALWAYS),
        ChosenAccount("late", Interval(MIDNIGHT)),
    )
    say = terms(accounts=("100", "200"), chosen=chosen)
    assert [f.account for f in due(say, "2026-04-05")] == ["100", "200", "sub"]
    assert [f.account for f in due(say, "2026-04-06")] == ["100", "200", "late"]


def test_nothing_is_due_before_the_first_cycle_of_own_use() -> None:
    assert due(terms(first_cycle=None), "2026-04-02") == []
    files = due(terms(first_cycle="2026-04"), "2026-03-30", "2026-05-03")
    assert {file.span.cycle for file in files} >= {BillingMonth(2026, 4)}
    assert min(file.day for file in files) == date(2026, 4, 3)


zones = st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"])
days = st.dates(date(2021, 1, 1), date(2030, 1, 1))


@given(zones.map(ZoneInfo), days, st.integers(0, 120), st.integers(1, 20))
def test_every_day_of_usage_is_in_one_last_daily_file_and_in_one_monthly_file(
    zone: ZoneInfo, first: date, length: int, lag_days: int
) -> None:
    files = list(files_due(terms(zone=zone, lag_days=lag_days), first, first + timedelta(length)))
    daily = [file for file in files if file.kind is DeliveryKind.DAILY]
    assert [file.day for file in daily] == [first + timedelta(n) for n in range(length + 1)]
    assert [file.span.last for file in daily] == [f.day - timedelta(lag_days) for f in daily]
    assert all(file.span.first == file.span.last.replace(day=1) for file in daily)
    monthly = [file.span.cycle for file in files if file.kind is DeliveryKind.MONTHLY]
    assert all(after == before.plus(1) for before, after in pairwise(monthly))
    assert len({file.key for file in files}) == len(files)
    assert [file.due_at for file in files] == sorted(file.due_at for file in files)


@given(days, days, days)
def test_range_in_two_pieces_is_the_same_range(one: date, two: date, three: date) -> None:
    first, middle, last = sorted((one, two, three))
    if (last - first).days > 400:
        return
    say = terms(accounts=("100", "200"))
    pieces = [*files_due(say, first, middle), *files_due(say, middle + timedelta(1), last)]
    assert pieces == list(files_due(say, first, last))


@pytest.mark.parametrize(
    ("length", "code"), [(-1, ErrorCode.INVALID_RANGE), (366, ErrorCode.RANGE_TOO_LONG)]
)
def test_range_of_no_days_or_too_many_is_refused(length: int, code: ErrorCode) -> None:
    first = date(2026, 1, 1)
    with pytest.raises(InvalidInput) as refused:
        require_days(first, first + timedelta(length))
    assert refused.value.code is code
    require_days(first, first)
    require_days(first, first + timedelta(365))


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        (DeliveryStatus.DELIVERED, DeliveryVerb.ASK),
        (DeliveryStatus.WAITING_FOR_CONFIRMATION, DeliveryVerb.CONFIRM),
    ],
)
def test_file_that_is_delivered_or_waits_is_moved_by_one_verb_only(
    status: DeliveryStatus, verb: DeliveryVerb
) -> None:
    assert {moved_by for moved, moved_by in DELIVERY_MOVES if moved is status} == {verb}


@pytest.mark.parametrize("verb", list(DeliveryVerb))
def test_verb_leads_to_one_status(verb: DeliveryVerb) -> None:
    before = delivery_statuses_before(verb)

    assert len({DELIVERY_MOVES[status, verb] for status in before}) == 1
