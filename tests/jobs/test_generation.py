"""Generating at once: all that is due, only that, and nothing twice."""

import asyncio
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from jobs.commands import app
from jobs.generation import generate_cycle, generate_due
from models.adapters.database import Database
from models.rules.errors import Conflict, ErrorCode, InvalidInput
from models.tables.bills import Bill, BillVersion
from models.tables.estimates import Estimate
from tests.builders import a_charge, a_partner

# 08:00 in Shanghai, midnight in London.
NOW = datetime(2026, 3, 5, tzinfo=UTC)


async def issued() -> list[tuple[int, str, int]]:
    rows = [(bill.partner_id, bill.cycle, bill.version) for bill in await Bill.all()]
    return sorted(rows)


async def test_all_due_months_are_billed_and_open_ones_estimated(db: Database) -> None:
    shanghai = await a_partner(db)
    london = await a_partner(db, time_zone="Europe/London")
    for partner in (shanghai, london):
        for cycle in ("2025-11", "2026-01", "2026-02", "2026-03"):
            await a_charge(db, partner, cycle=cycle)
    generated = await generate_due(db, now=NOW)
    assert await issued() == [
        (shanghai, "2025-11", 1),
        (shanghai, "2026-01", 1),
        (shanghai, "2026-02", 1),
        (london, "2025-11", 1),
        (london, "2026-01", 1),
    ]
    estimates = [(e.partner_id, e.cycle, str(e.as_of)) for e in await Estimate.all()]
    assert sorted(estimates) == [
        (shanghai, "2026-03", "2026-03-05"),
        (london, "2026-02", "2026-03-05"),
        (london, "2026-03", "2026-03-05"),
    ]
    assert (len(generated.issued), generated.reissued, len(generated.estimates)) == (5, [], 3)
    again = await generate_due(db, now=NOW)
    assert (again.issued, again.reissued, again.estimates, again.problems) == ([], [], [], [])


async def test_issued_bills_are_brought_up_to_date(db: Database) -> None:
    partner = await a_partner(db)
    await a_charge(db, partner)
    await generate_due(db, now=NOW)
    await a_charge(db, partner, "2")
    generated = await generate_due(db, now=NOW)
    assert generated.reissued == [(await Bill.get()).id]
    assert await issued() == [(partner, "2026-02", 2)]


async def test_carried_credit_reaches_the_next_bill_in_the_same_run(db: Database) -> None:
    partner = await a_partner(db, confirmation_required=False, credit_policy="CARRIED")
    await a_charge(db, partner, "-30", charge_type="REFUND", cycle="2025-12")
    await generate_due(db, now=NOW)
    assert await issued() == [
        (partner, "2025-12", 1),
        (partner, "2026-01", 1),
        (partner, "2026-02", 1),
    ]
    assert {version.bill_amount for version in await BillVersion.all()} == {-30}


async def test_partner_with_a_broken_charge_does_not_stop_the_others(db: Database) -> None:
    broken, sound = await a_partner(db), await a_partner(db)
    await a_charge(db, broken, charge_type="UNHEARD_OF")
    await a_charge(db, sound)
    generated = await generate_due(db, now=NOW)
    assert await issued() == [(sound, "2026-02", 1)]
    [problem] = generated.problems
    assert problem.startswith(f"prt_{broken}: BILL_OUT_OF_BALANCE: ")


async def test_one_month_is_billed_early_only_by_force(db: Database) -> None:
    asked = (f"prt_{await a_partner(db)}", "2026-02")
    await a_charge(db, 1)
    early = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(Conflict):
        await generate_cycle(db, asked, now=early, force=False)
    generated = await generate_cycle(db, asked, now=early, force=True)
    assert len(generated.issued) == 1


async def test_partner_is_named_by_its_public_id(db: Database) -> None:
    with pytest.raises(InvalidInput) as refused:
        await generate_cycle(db, ("7", "2026-02"), now=NOW, force=False)
    assert refused.value.code is ErrorCode.INVALID_ID


def test_command_prints_what_it_made(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.adapters.database import open_database

    async def prepare() -> None:
        async with open_database(database_url) as db:
            await a_charge(db, await a_partner(db), "1234.505")

    asyncio.run(prepare())
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    at = ["--now", "2026-03-05T08:00:00+08:00"]
    done = CliRunner().invoke(app, ["generate", "--all", *at])
    assert done.exit_code == 0
    assert "1 bills issued, 0 brought up to date, 0 estimates." in done.output
    assert "1,234.51" in done.output
    again = CliRunner().invoke(app, ["generate", "--all", *at])
    assert again.output == "0 bills issued, 0 brought up to date, 0 estimates.\n"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--partner", "prt_1"],
        ["--force"],
        ["--all", "--partner", "prt_1", "--cycle", "2026-02"],
        ["--all", "--partner", "prt_1"],
        ["--all", "--cycle", "2026-02"],
        ["--all", "--force"],
        ["--all", "--now", "yesterday"],
        ["--all", "--now", "2026-03-05T08:00:00"],
    ],
)
def test_command_refuses_what_it_cannot_mean(
    options: list[str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    assert CliRunner().invoke(app, ["generate", *options]).exit_code == 2
