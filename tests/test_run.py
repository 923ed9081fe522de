import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = {"requirements.lock": "parquet", "requirements-dev.lock": "dev"}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_run_lists_its_commands_without_installing(tmp_path: Path, arguments: list[str]) -> None:
    venv = tmp_path / "venv"
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", *arguments],
        env={**os.environ, "BILLS_VENV": str(venv)},
        capture_output=True,
        text=True,
        check=True,
    )
    listed = re.findall(r"^  (\w+) +\S", done.stdout, re.MULTILINE)
    assert {"demo", "serve", "worker", "import", "register", "generate"} <= set(listed)
    assert {"token", "schema", "doctor", "bench", "test"} <= set(listed)
    assert not venv.exists()


def test_page_says_what_it_does_and_does_not_do_it(tmp_path: Path) -> None:
    (tmp_path / "graphiql").mkdir()
    run = tmp_path / "run.py"
    run.write_text((ROOT / "run.py").read_text())
    done = subprocess.run(
        [sys.executable, run, "page", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: run.py page")
    assert "--once" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graphiql", "run.py"]


@pytest.mark.parametrize("file", LOCKS)
def test_lock_holds_every_dependency_with_hashes_and_no_index(file: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"][LOCKS[file]]
    names = {re.split(r"[\[<>=;]", line)[0].strip() for line in wanted} - {"partner-bills"}
    text = (ROOT / file).read_text()
    assert names - {name for name, _ in pins(file)} == set()
    assert len(re.findall(r"^\S", text, re.MULTILINE)) == len(pins(file))
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=\S)", text, flags=re.M)[1:])
    assert "://" not in text
    assert "--index" not in text


def test_what_checks_adds_to_what_runs_and_changes_nothing_of_it() -> None:
    assert set(pins("requirements.lock")) <= set(pins("requirements-dev.lock"))


def pins(file: str) -> list[tuple[str, str]]:
    """Every (name, version) of a lock file; a name stands there once for each Python it is for."""
    text = (ROOT / file).read_text()
    return re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==([^ ;]+)", text, re.MULTILINE)
