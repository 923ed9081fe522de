import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()


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


def test_lock_holds_every_dependency_with_hashes_and_no_index() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[\[<>=;]", line)[0].strip() for line in wanted} - {"partner-bills"}
    locked = dict.fromkeys(re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==", LOCK, re.MULTILINE))
    assert names - set(locked) == set()
    assert len(re.findall(r"^\S", LOCK, re.MULTILINE)) == len(locked)
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=\S)", LOCK, flags=re.M)[1:])
    assert "://" not in LOCK
    assert "--index" not in LOCK
