"""`verify` at the command line."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from jobs.commands import app
from models.adapters.database import open_database
from tests.lives import Life, a_life, tamper

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on the test's database."""
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(app, ["verify", *arguments])


@pytest.fixture
def life(database_url: str) -> Life:
    """A bill with a life behind it."""

    async def live() -> Life:
        async with open_database(database_url, readers=1, writers=1) as db:
            return await a_life(db)

    return asyncio.run(live())


def damage(url: str, sql: str) -> None:
    async def run_it() -> None:
        async with open_database(url, readers=1, writers=1) as db:
            await tamper(db, sql)

    asyncio.run(run_it())


def test_verify_counts_what_it_looked_at(run: Run, life: Life) -> None:
    done = run()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "All is as it was: 1 bills in 3 versions, 15 charges, 2 payments, 4 ledger transactions.\n"
    )
    assert run("--bill", f"bil_{life.bill}").stdout == (
        "All is as it was: 1 bills in 3 versions, 15 charges, 0 payments, 0 ledger transactions.\n"
    )
    assert run("--partner", f"prt_{life.partner}").exit_code == 0


def test_verify_names_what_was_tampered_with(run: Run, life: Life, database_url: str) -> None:
    damage(database_url, "UPDATE bill_versions SET reason = 'ADJUSTMENT' WHERE id = 2")
    done = run()
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"Tampered with: bil_{life.bill}, version 2: the digest of all it says: "
    )


@pytest.mark.parametrize("arguments", [("--bill", "7"), ("--partner", "bil_1")])
def test_verify_takes_public_ids_only(run: Run, arguments: tuple[str, str]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "is no id such as" in done.stderr


def test_verify_of_a_bill_that_is_not_there_is_refused(database_url: str) -> None:
    environment = {**os.environ, "BILLS_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "jobs", "verify", "--bill", "bil_404"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "NOT_FOUND: There is no such bill.\n")
