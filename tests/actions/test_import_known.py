"""A line is known however a file writes it, and by the key that it had when it came."""

from pathlib import Path

import pytest

from models.adapters.database import Database, Tx
from models.rules.focus import FocusCharge
from tests.actions.importing import a_file, a_registered_partner, charges, take
from tests.rules.focus_rows import A_ROW, read

TAGS = '{"env":"dev","app":"x"}'
ODD, EVEN = {"Tags": TAGS}, {"Tags": '{"app": "x", "env": "dev"}'}
ANOTHER = {"ResourceId": "i-another"}
# The last hours of October, in the month's zone of a partner in Shanghai.
ZONED = {"BillingPeriodStart": "", "ChargePeriodStart": "2026-10-31T20:00:00Z"} | {
    "ChargePeriodEnd": ""
}


async def imported_before(db: Database, path: Path, row: dict[str, str]) -> None:
    """Take a row twice in, as a release before 0.4 did."""
    await take(db, a_file(path, [row, row]))
    charge = read({**A_ROW, **row})
    assert isinstance(charge, FocusCharge) and charge.former and charge.former != charge.key

    async def age(tx: Tx) -> int:
        return await tx.execute("UPDATE charges SET key = $1", charge.former)

    assert await db.transact(age) == 2


@pytest.mark.parametrize(("first", "second"), [(ODD, EVEN), (EVEN, ODD)])
async def test_line_is_known_however_its_tags_are_written(
    db: Database, tmp_path: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    await a_registered_partner(db)
    await take(db, a_file(tmp_path / "a.csv", [first]))
    result = await take(db, a_file(tmp_path / "b.csv", [ANOTHER, second]))
    assert (result.added, result.known) == (1, 1)


@pytest.mark.parametrize("row", [ODD, {**ODD, **ZONED}], ids=["tags", "zoned"])
async def test_line_of_a_release_before_is_known_by_its_former_key(
    db: Database, tmp_path: Path, row: dict[str, str]
) -> None:
    await a_registered_partner(db)
    await imported_before(db, tmp_path / "a.csv", row)
    await a_registered_partner(db, time_zone="UTC")
    result = await take(db, a_file(tmp_path / "b.csv", [row, ANOTHER, row]))
    assert (result.added, result.known) == (1, 2)
    assert await charges(db, "resource, occurrence") == [
        *[("i-0001", 1), ("i-0001", 2)],
        ("i-another", 1),
    ]


async def test_line_that_a_release_before_knew_twice_is_added_the_third_time(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    await imported_before(db, tmp_path / "a.csv", ODD)
    result = await take(db, a_file(tmp_path / "b.csv", [ODD, ODD, ODD]))
    assert (result.added, result.known) == (1, 2)
    again = await take(db, a_file(tmp_path / "c.csv", [ODD, ANOTHER, ODD, ODD]))
    assert (again.added, again.known) == (1, 3)


async def test_lines_that_differed_in_writing_only_stay_known_each(
    db: Database, tmp_path: Path
) -> None:
    await a_registered_partner(db)
    await imported_before(db, tmp_path / "a.csv", ODD)
    await take(db, a_file(tmp_path / "b.csv", [EVEN]))
    result = await take(db, a_file(tmp_path / "c.csv", [EVEN, ODD, ODD, ANOTHER]))
    assert (result.added, result.known) == (1, 3)
