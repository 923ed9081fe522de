"""The README names every command, option and setting, and none that there is not.

Its tour is walked in tests/stories/test_tour.py.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command

from jobs.commands import app
from models.adapters.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
# Steps of the demo, which are of no use outside it.
OF_THE_DEMO = {"demo-facts", "demo-year"}
# What run.py itself answers, or other programs than `jobs`.
OTHERS = {"schema", "bench", "abuse", "test", "faults", "page"}
SETTINGS = {f"BILLS_{name.upper()}" for name in Settings.model_fields}


def table(head: str) -> list[list[str]]:
    """The cells of the rows below that head."""
    _, _, below = README.partition(f"{head}\n|---")
    lines = below.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def named_settings(cell: str) -> Iterator[str]:
    """`BILLS_A_B`, `…_C`: BILLS_A_B and BILLS_A_C, or BILLS_A_B_C, whichever there is."""
    before = ""
    for name in re.findall(r"`([A-Z_…]+)`", cell):
        if name.startswith("…"):
            parts = before.split("_")
            wholes = ["_".join(parts[:n]) + name[1:] for n in range(len(parts), 0, -1)]
            yield next((each for each in wholes if each in SETTINGS), name)
        else:
            before = name
            yield name


def test_each_setting_stands_in_the_table_once() -> None:
    told = [
        name for row in table("| setting | default | meaning |") for name in named_settings(row[0])
    ]
    assert sorted(told) == sorted(SETTINGS)


def test_each_command_stands_in_the_table_with_all_of_its_options() -> None:
    rows = {
        row[0].strip("`").split(" ")[0]: " ".join(row)
        for row in table("| command | what it does |")
    }
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(rows) == set(commands) - OF_THE_DEMO | OTHERS
    told = {name: set(re.findall(r"--[a-z-]+", rows[name])) for name in set(rows) - OTHERS}
    assert told == {
        name: {option for each in commands[name].params for option in each.opts if option[0] == "-"}
        for name in told
    }


def test_run_lists_the_same_commands() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "run.py"], capture_output=True, text=True, check=True
    )
    listed = re.findall(r"^  ([a-z-]+) ", done.stdout, re.MULTILINE)
    rows = table("| command | what it does |")
    assert sorted(listed) == sorted(row[0].strip("`").split(" ")[0] for row in rows)


def test_what_is_linked_and_what_lies_at_the_top_is_there() -> None:
    links = {link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link}
    assert [link for link in links if not (ROOT / link).exists()] == []
    rows = table("| entry | why |")
    entries = {name for row in rows for name in re.findall(r"`([^`]+)`", row[0])}
    assert [entry for entry in entries if not (ROOT / entry).exists()] == []
