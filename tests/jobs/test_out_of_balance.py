"""A bill that does not add up: never issued, parked, and seen by an operator until it is mended."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from jobs.attend import Attendant
from jobs.commands import app
from jobs.runners import RUNNERS
from jobs.schedule import enqueue_due
from jobs.services import Services
from models.actions import jobs
from models.actions.jobs import Claimant
from models.adapters.database import Database, Tx, open_database
from models.adapters.files import LocalFiles
from models.adapters.queue import SilentBell
from models.adapters.settings import Settings
from models.rules.jobs import BACK_OFF, JobKind
from models.tables.bills import Bill, BillVersion, DerivedLine, ProductLine
from models.tables.jobs import Job
from tests.builders import a_charge, a_partner

OPENING = datetime(2026, 3, 4, 17, tzinfo=UTC)
ANN = Claimant("ann", timedelta(seconds=20), frozenset(JobKind))
REASON = (
    "Conflict: The RESELLER bill of prt_1 for 2026-02 in USD does not add up and is not issued: its"
    " settlement of 7.005 and its derived lines of 1 are not its bill amount of 7.01."
)

# Damage that happens while a bill is written: the rounding is not what it was worked out to be.
BREAK = {
    "sqlite": "CREATE TRIGGER damage AFTER INSERT ON derived_lines BEGIN"
    " UPDATE derived_lines SET amount = '1' WHERE id = NEW.id; END",
    "postgres": "CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.amount = 1; RETURN NEW; END $$;"
    " CREATE TRIGGER damage BEFORE INSERT ON derived_lines FOR EACH ROW EXECUTE FUNCTION damage()",
}
MEND = {
    "sqlite": "DROP TRIGGER damage",
    "postgres": "DROP TRIGGER damage ON derived_lines; DROP FUNCTION damage()",
}


def on(url: str, do: Callable[[Database], Awaitable[Any]]) -> Any:
    """Do something on the test's database."""

    async def run() -> Any:
        async with open_database(url, readers=1, writers=2) as db:
            return await do(db)

    return asyncio.run(run())


async def _script(db: Database, scripts: dict[str, str]) -> None:
    async def run(tx: Tx) -> None:
        await tx.client.execute_script(scripts[db.dialect.name])

    await db.transact(run)


async def _damaged_month(db: Database) -> None:
    await a_charge(db, await a_partner(db), "7.005")
    await _script(db, BREAK)
    await enqueue_due(db, now=OPENING)
    await Job.all().update(failures=len(BACK_OFF))


def _work(folder: Path) -> Callable[[Database], Awaitable[Any]]:
    async def work(db: Database) -> None:
        services = Services(db, Settings(), LocalFiles(folder), SilentBell())
        [job] = await db.transact(jobs.claim, ANN, limit=9, now=OPENING)
        await Attendant(services, RUNNERS, lambda: OPENING).attend(job)

    return work


async def _stored(_db: Database) -> list[int]:
    return [await model.all().count() for model in (Bill, BillVersion, ProductLine, DerivedLine)]


def test_bill_out_of_balance_is_parked_and_reported_until_it_is_mended(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    on(database_url, _damaged_month)
    with capture_logs() as logs:
        on(database_url, _work(tmp_path))
    assert on(database_url, _stored) == [0, 0, 0, 0]
    [failed] = [entry for entry in logs if entry["event"] == "job_failed"]
    assert (failed["log_level"], failed["status"], failed["reason"]) == ("error", "PARKED", REASON)
    listed = CliRunner().invoke(app, ["jobs"]).stdout
    assert listed == f"1  issue:1:2026-02:1  failed {len(BACK_OFF) + 1} times  {REASON}\n"
    assert "1 given up" in CliRunner().invoke(app, ["doctor"]).stdout

    on(database_url, lambda db: _script(db, MEND))
    assert CliRunner().invoke(app, ["jobs", "--retry", "1"]).exit_code == 0
    # The retry is due as of the clock on the wall, which the worker here is behind.
    on(database_url, lambda _db: Job.all().update(run_at=OPENING))
    on(database_url, _work(tmp_path))
    assert on(database_url, _stored) == [1, 1, 1, 1]
    assert CliRunner().invoke(app, ["jobs"]).stdout == "No job is parked.\n"
