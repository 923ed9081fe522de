"""Terms of destinations: whatever is done in whatever order, one bucket at a time (R55, R56)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import Conflict, ErrorCode
from models.rules.storage import Term, Turn, begin, move, stop

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 6, 3, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 4, 6, 16, 0, tzinfo=UTC)


def after(terms: list[Term], turn: Turn) -> list[Term]:
    """The terms once a turn is written, as the actions write it."""
    ended = [replace(term, end=turn.ends.get(term.number, term.end)) for term in terms]
    new = [] if turn.start is None else [Term(len(terms) + 1, turn.at, turn.start)]
    return ended + new


def where(terms: list[Term], at: datetime) -> list[int]:
    return [term.number for term in terms if term.holds(at)]


def test_first_destination_holds_from_now() -> None:
    terms = after([], begin([], NOW))
    assert terms == [Term(1, NOW, NOW)]
    assert where(terms, NOW - timedelta(microseconds=1)) == []
    assert where(terms, NOW) == [1]


def test_change_holds_from_the_next_local_midnight() -> None:
    terms = after([], begin([], NOW))
    terms = after(terms, move(terms, NOW + timedelta(hours=1), SHANGHAI))
    assert where(terms, MIDNIGHT - timedelta(microseconds=1)) == [1]
    assert where(terms, MIDNIGHT) == [2]
    assert terms[0].end == terms[1].start == MIDNIGHT


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        # The last instant of a local day, and the first of the next.
        (SHANGHAI, "2026-04-06T15:59:59.999999", "2026-04-06T16:00:00"),
        (SHANGHAI, "2026-04-06T16:00:00", "2026-04-07T16:00:00"),
        # Days of 23 and of 25 hours.
        (BERLIN, "2026-03-29T21:59:59.999000", "2026-03-29T22:00:00"),
        (BERLIN, "2026-03-28T23:00:00", "2026-03-29T22:00:00"),
        (BERLIN, "2026-10-24T22:00:00", "2026-10-25T23:00:00"),
        (BERLIN, "2026-10-25T22:59:59.999000", "2026-10-25T23:00:00"),
        # Leap day, and the end of a year.
        (BERLIN, "2028-02-28T22:59:59.999000", "2028-02-28T23:00:00"),
        (BERLIN, "2028-02-28T23:00:00", "2028-02-29T23:00:00"),
        (BERLIN, "2027-12-31T22:59:59.999999", "2027-12-31T23:00:00"),
        # No midnight on that day: clocks go from 24:00 to 01:00.
        (ZoneInfo("Asia/Beirut"), "2026-03-28T12:00:00", "2026-03-28T22:00:00"),
    ],
)
def test_change_begins_at_the_edge_of_the_local_day(zone: ZoneInfo, now: str, start: str) -> None:
    terms = [Term(1, NOW - timedelta(days=365), NOW - timedelta(days=365))]
    turn = move(terms, datetime.fromisoformat(now).replace(tzinfo=UTC), zone)
    expected = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert (turn.start, turn.ends) == (expected, {1: expected})


def test_last_of_several_changes_on_one_day_holds() -> None:
    terms = after([], begin([], NOW))
    for minutes in (1, 2, 3):
        terms = after(terms, move(terms, NOW + timedelta(minutes=minutes), SHANGHAI))
    assert where(terms, MIDNIGHT - timedelta(seconds=1)) == [1]
    assert where(terms, MIDNIGHT) == where(terms, MIDNIGHT + timedelta(days=99)) == [4]
    assert [term.start == term.end for term in terms] == [False, True, True, False]


def test_stop_ends_what_holds_and_what_was_to_come() -> None:
    terms = after([], begin([], NOW))
    terms = after(terms, move(terms, NOW, SHANGHAI))
    stopped = NOW + timedelta(hours=2)
    terms = after(terms, stop(terms, stopped))
    assert where(terms, stopped - timedelta(microseconds=1)) == [1]
    assert where(terms, stopped) == where(terms, MIDNIGHT) == []
    assert stop(terms, stopped + timedelta(hours=1)).ends == {}


def test_storage_can_begin_again_on_the_day_it_was_stopped() -> None:
    terms = after([], begin([], NOW))
    terms = after(terms, move(terms, NOW, SHANGHAI))
    terms = after(terms, stop(terms, NOW + timedelta(hours=1)))
    again = NOW + timedelta(hours=2)
    terms = after(terms, begin(terms, again))
    assert where(terms, again) == where(terms, MIDNIGHT) == [3]


def test_storage_begins_once_and_moves_only_then() -> None:
    terms = after([], begin([], NOW))
    with pytest.raises(Conflict) as refused:
        begin(terms, NOW)
    assert refused.value.code is ErrorCode.INVALID_STATE
    for ended in ([], after(terms, stop(terms, NOW))):
        with pytest.raises(Conflict) as refused:
            move(ended, NOW, SHANGHAI)
        assert refused.value.code is ErrorCode.STORAGE_NOT_ENABLED


VERBS = st.sampled_from(["begin", "move", "stop"])
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/Havana", "UTC")]
)
# Mostly onwards; back as well, as the next server's clock may be behind.
STEPS = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.timedeltas(timedelta(seconds=-90), timedelta(seconds=90)),
    st.just(timedelta(0)),
)


def turn_of(verb: str, terms: list[Term], now: datetime, zone: ZoneInfo) -> Turn | None:
    """What the verb makes of the terms; None when that is nothing."""
    try:
        if verb == "move":
            return move(terms, now, zone)
        turn = begin(terms, now) if verb == "begin" else stop(terms, now)
    except Conflict:
        return None
    return turn if turn.ends or turn.start else None


@given(st.lists(st.tuples(VERBS, STEPS, ZONES), max_size=25))
def test_terms_never_overlap_and_the_past_stays(
    acts: list[tuple[str, timedelta, ZoneInfo]],
) -> None:
    terms: list[Term] = []
    now = last = NOW
    for verb, step, zone in acts:
        now += step
        turn = turn_of(verb, terms, now, zone)
        if turn is None:
            continue
        assert turn.at >= now
        assert not terms or turn.at >= last
        changed = after(terms, turn)
        require_one_at_a_time(terms, changed, turn.at)
        assert len(where(changed, turn.at)) == (verb != "stop")
        assert sum(term.is_ahead(turn.at) for term in changed) == (verb == "move")
        terms, last = changed, turn.at


def require_one_at_a_time(before: list[Term], changed: list[Term], at: datetime) -> None:
    """At every edge, and just before it: one destination at most, and what was stays."""
    edges = [edge for term in changed for edge in (term.start, term.end) if edge is not None]
    for edge in [at, *edges]:
        for instant in (edge, edge - timedelta(microseconds=1)):
            assert len(where(changed, instant)) <= 1
            assert instant >= at or where(changed, instant) == where(before, instant)
    for old, new in zip(before, changed, strict=False):
        assert (old.number, old.made_at, old.start) == (new.number, new.made_at, new.start)
        assert old.end == new.end or old.end is None or old.end > at
