"""The month of a line that the billing zone tells, and that the line stays known in it."""

from pathlib import Path

import pytest

from models.adapters.database import Database, Tx
from models.rules.focus import FocusCharge, RowProblem
from tests.actions.importing import a_file, a_registered_partner, charges, take
from tests.rules.focus_rows import A_ROW, read

# Already November in Shanghai.
AT_THE_TURN = {
    "BillingPeriodStart": "",
    "BillingPeriodEnd": "",
    "ChargePeriodStart": "2026-10-31T20:00:00Z",
    "ChargePeriodEnd": "2026-10-31T21:00:00Z",
}
EARLIER = {**AT_THE_TURN, "ChargePeriodStart": "2026-10-31T09:59:59Z"}
ANOTHER = {"ResourceId": "i-another"}
# October in Shanghai, written as an instant of September.
AS_UTC = {"BillingPeriodStart": "2026-09-30T16:00:00Z"}


@pytest.mark.parametrize(
    ("first", "second", "month"),
    [
        ("Asia/Shanghai", "UTC", "2026-11"),
        ("UTC", "Asia/Shanghai", "2026-10"),
        ("Pacific/Kiritimati", "Etc/GMT+12", "2026-11"),
    ],
)
async def test_line_is_known_after_the_time_zone_changed(
    db: Database, tmp_path: Path, first: str, second: str, month: str
) -> None:
    await a_registered_partner(db, time_zone=first)
    await take(db, a_file(tmp_path / "a.csv", [AT_THE_TURN]))
    await a_registered_partner(db, time_zone=second)
    result = await take(db, a_file(tmp_path / "b.csv", [AT_THE_TURN, ANOTHER]))
    assert (result.added, result.known) == (1, 1)
    assert await charges(db, "origin_cycle, resource") == [
        (month, "i-0001"),
        ("2026-03", "i-another"),
    ]


async def test_line_that_stands_there_once_more_is_added_once(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db, time_zone="Asia/Shanghai")
    await take(db, a_file(tmp_path / "a.csv", [AT_THE_TURN, AT_THE_TURN]))
    await a_registered_partner(db, time_zone="UTC")
    thrice = a_file(tmp_path / "b.csv", [AT_THE_TURN, ANOTHER, AT_THE_TURN, AT_THE_TURN])
    result = await take(db, thrice)
    assert (result.added, result.known) == (2, 2)
    await a_registered_partner(db, time_zone="Asia/Shanghai")
    again = await take(db, a_file(tmp_path / "c.csv", [AT_THE_TURN, AT_THE_TURN, AT_THE_TURN]))
    assert (again.added, again.known) == (0, 3)
    assert await charges(db, "origin_cycle, occurrence") == [
        *[("2026-11", 1), ("2026-11", 2)],
        *[("2026-03", 1), ("2026-10", 3)],
    ]


@pytest.mark.parametrize(
    ("zone", "start", "month"),
    [
        ("Asia/Shanghai", "2026-09-30T16:00:00Z", "2026-10"),
        ("Asia/Shanghai", "2026-10-01T00:00:00+08:00", "2026-10"),
        ("Asia/Shanghai", "2026-10-01T00:00:00Z", "2026-10"),
        ("Asia/Shanghai", "2026-10-01", "2026-10"),
        ("Asia/Shanghai", "2026-09-30T23:00:00Z", "2026-09"),
        ("UTC", "2026-09-30T16:00:00Z", "2026-09"),
        ("UTC", "2026-10-01T00:00:00+08:00", "2026-10"),
        ("America/New_York", "2026-10-01T04:00:00Z", "2026-10"),
        ("America/New_York", "2026-10-01T00:00:00Z", "2026-10"),
        ("America/New_York", "2026-09-30T23:00:00-05:00", "2026-10"),
    ],
)
async def test_month_is_that_which_begins_in_the_billing_zone_else_as_written(
    db: Database, tmp_path: Path, zone: str, start: str, month: str
) -> None:
    await a_registered_partner(db, time_zone=zone)
    await take(db, a_file(tmp_path / "a.csv", [{"BillingPeriodStart": start}]))
    assert await charges(db, "cycle, origin_cycle") == [(month, month)]


async def test_month_that_is_written_in_two_ways_makes_no_two_lines(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    await take(db, a_file(tmp_path / "a.csv", [AS_UTC]))
    as_there = {"BillingPeriodStart": "2026-10-01T00:00:00+08:00"}
    result = await take(db, a_file(tmp_path / "b.csv", [as_there, ANOTHER]))
    assert (result.added, result.known) == (1, 1)


async def test_line_that_came_in_the_month_as_written_is_known_in_that_which_begins(
    db: Database, tmp_path: Path
) -> None:
    """As a release before 0.4 took it in: in September, by a key of September."""
    await a_registered_partner(db, time_zone="UTC")
    await take(db, a_file(tmp_path / "a.csv", [AS_UTC]))
    charge = read({**A_ROW, **AS_UTC})
    assert isinstance(charge, FocusCharge) and charge.former

    async def age(tx: Tx) -> None:
        await tx.execute("UPDATE charges SET key = $1", charge.former)

    await db.transact(age)
    await a_registered_partner(db, time_zone="Asia/Shanghai")
    result = await take(db, a_file(tmp_path / "b.csv", [ANOTHER, AS_UTC]))
    assert (result.added, result.known) == (1, 1)
    assert await charges(db, "origin_cycle") == [("2026-09",), ("2026-03",)]


@pytest.mark.parametrize(
    ("zone", "column", "start", "month"),
    [
        ("America/New_York", "ChargePeriodStart", "2000-01-01T00:00:00Z", "1999-12"),
        ("Asia/Shanghai", "ChargePeriodStart", "2999-12-31T16:00:00Z", "3000-01"),
        ("Asia/Shanghai", "BillingPeriodStart", "2999-12-31T16:00:00Z", "3000-01"),
    ],
)
async def test_row_beyond_the_years_of_a_cycle_is_one_broken_row(
    db: Database, tmp_path: Path, zone: str, column: str, start: str, month: str
) -> None:
    await a_registered_partner(db, time_zone=zone)
    beyond = {**AT_THE_TURN, "ChargePeriodEnd": "", column: start}
    result = await take(db, a_file(tmp_path / "a.csv", [ANOTHER, beyond]), skips_bad_rows=True)
    reason = f"is in {month} in the billing zone; years are 2000 to 2999"
    assert (result.added, result.problems) == (1, (RowProblem(3, column, reason),))


async def test_line_of_another_partner_is_not_taken_for_known(db: Database, tmp_path: Path) -> None:
    await a_registered_partner(db, "1000", time_zone="Asia/Shanghai")
    await a_registered_partner(db, "3000", time_zone="UTC")
    of_another = {**AT_THE_TURN, "BillingAccountId": "3000"}
    result = await take(db, a_file(tmp_path / "a.csv", [AT_THE_TURN, of_another, EARLIER]))
    assert result.added == 3
    assert await charges(db, "origin_cycle") == [("2026-11",), ("2026-10",), ("2026-10",)]
