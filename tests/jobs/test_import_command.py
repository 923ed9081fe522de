"""`import` and `register` at the command line."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from jobs.commands import app
from models.adapters.database import open_database
from tests.actions.importing import a_file

ROOT = Path(__file__).parents[2]
REGISTRATION = {"partners": [{"name": "Sun Bird", "billingAccounts": ["1000"]}]}
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the test's database."""
    monkeypatch.setenv("BILLS_DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def _count(url: str, table: str = "charges") -> int:
    async def ask() -> int:
        async with open_database(url, readers=1, writers=1) as db:
            return int((await db.fetch(f"SELECT count(*) FROM {table}"))[0][0])

    return asyncio.run(ask())


def _registration(tmp_path: Path, document: Any = REGISTRATION) -> Path:
    path = tmp_path / "partners.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_import_says_what_it_did(run: Run, tmp_path: Path) -> None:
    run("register", _registration(tmp_path))
    path = a_file(tmp_path / "march.csv", [{}, {"ResourceId": "i-2"}])
    first, second = run("import", path), run("import", path)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("march.csv: 2 rows, 2 added, 0 already known, 0 rejected, ")
    assert second.stdout == "march.csv: imported before; its 2 rows are known.\n"


def test_import_refuses_one_file_and_takes_the_others(
    run: Run, tmp_path: Path, database_url: str
) -> None:
    run("register", _registration(tmp_path))
    bad = a_file(tmp_path / "bad.csv", [{}, {"BilledCost": "much"}])
    good = a_file(tmp_path / "good.csv", [{"ResourceId": "i-2"}])
    done = run("import", tmp_path / "missing.csv", bad, good)
    assert done.exit_code == 1
    assert "good.csv: 1 rows, 1 added" in done.stdout
    missing, refused, *problems = done.stderr.splitlines()
    assert missing == "missing.csv: No such file or directory."
    assert refused.startswith("bad.csv: refused, nothing was stored; 1 of 2 rows are broken.")
    assert problems == [
        "  line 3, BilledCost: Text of length 4: This is not a decimal number.",
        f"  All in {bad}.rejects.csv",
    ]
    assert _count(database_url) == 1


def test_import_takes_good_rows_and_missing_partners_when_told_to(
    run: Run, tmp_path: Path, database_url: str
) -> None:
    rejects = tmp_path / "rejects"
    rejects.mkdir()
    bad = a_file(tmp_path / "bad.csv", [{}, {"BilledCost": "much"}])
    options = ("--create-missing", "--skip-bad-rows", "--quiet", "--rejects", rejects)
    done = run("import", bad, *options)
    assert done.exit_code == 0
    assert "1 added, 0 already known, 1 rejected" in done.stdout
    assert (rejects / "bad.csv.rejects.csv").exists()
    assert _count(database_url, "partners") == 1


def test_import_killed_at_any_time_is_half_applied_never(tmp_path: Path, database_url: str) -> None:
    rows = 12_000
    path = a_file(tmp_path / "a.csv", ({"ResourceId": f"i-{n}"} for n in range(rows)))
    command = [sys.executable, "-m", "jobs", "import", "--quiet", "--create-missing", str(path)]
    environment = {**os.environ, "BILLS_DATABASE_URL": database_url}
    for seconds in (0.5, 0.8, 1.1, 1.4):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        charges = _count(database_url)
        assert charges in {0, rows}
        assert _count(database_url, "partners") == (1 if charges else 0)
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert _count(database_url) == rows


def test_register_says_what_it_did(run: Run, tmp_path: Path) -> None:
    path = _registration(tmp_path)
    first, second = run("register", path), run("register", path)
    assert first.stdout == "Partners registered: 1, brought up to date: 0, unchanged: 0.\n"
    assert second.stdout == "Nothing changed: all is registered like this.\n"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "partners.json: It is no JSON from line 1, column 2 on."),
        ("[" * 100_000, "partners.json: It is nested too deeply."),
        ('{"partners": [], "partners": []}', "partners.json: A field stands twice in one object."),
        ("[]", "partners.json: An object was expected."),
        (
            {"partners": [*REGISTRATION["partners"], {"name": "x", "billingAccounts": []}]},
            "partners.json: partners[1].billingAccounts: A partner has at least one",
        ),
    ],
)
def test_register_refuses_a_wrong_file_as_a_whole(
    run: Run, tmp_path: Path, database_url: str, document: Any, said: str
) -> None:
    done = run("register", _registration(tmp_path, document))
    assert done.exit_code == 1
    assert done.stderr.startswith(said)
    assert done.stderr.endswith("Nothing was registered.\n")
    assert _count(database_url, "partners") == 0


def test_register_of_a_missing_file_is_one_clear_line(run: Run, tmp_path: Path) -> None:
    done = run("register", tmp_path / "none.json")
    assert done.exit_code == 1
    assert done.stderr == "none.json: No such file or directory. Nothing was registered.\n"
