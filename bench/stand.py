"""Where the two sides meet: a database in the state before a step, and raw ways to take the step.

Stand             states, their copies, what is in them, the limits
├── SqliteStand      files
└── PostgresStand    databases of a server of its own
"""

import subprocess
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bench.figures import Content
from models.rules.exports import ExportFormat


class State(StrEnum):
    """What a database holds: the schema only, charges, charges and their bill."""

    EMPTY = "empty"
    CHARGED = "charged"
    BILLED = "billed"


# Takes a database's URL and a folder for its output; answers how many seconds it took.
Limit = Callable[[str, Path], float]
# The name of what an export, ours or the limit's, leaves in its folder ends so.
EXPORTED = ".csv"


def export_step(file_format: ExportFormat) -> str:
    """The name of the step that exports to a format; plain CSV is what has limits of its own."""
    return "export" if file_format is ExportFormat.CSV else f"export {file_format}"


class Stand(Protocol):
    """One database product."""

    database: str

    def new(self) -> str:
        """The URL of a database with nothing in it, not even a schema."""

    def keep(self, url: str, state: State) -> None:
        """Let the database be the original of a state."""

    def unload(self) -> None:
        """Prepare what the limits of the import load: the charges of the state CHARGED."""

    def copy(self, state: State) -> str:
        """The URL of a copy of a state, with everything written to disk."""

    def drop(self, url: str) -> None:
        """Throw a copy away."""

    def content(self, url: str, step: str) -> Content:
        """What a step has written."""

    def limits(self) -> dict[str, dict[str, Limit]]:
        """By step and name."""

    def facts(self) -> dict[str, str]:
        """What the figures depend on."""


def output_of(*command: str | Path, script: str | None = None) -> str:
    """What a program prints; raises SystemExit with its errors."""
    done = subprocess.run(
        [str(part) for part in command], input=script, capture_output=True, text=True, check=False
    )
    if done.returncode or done.stderr:
        raise SystemExit(f"{Path(command[0]).name}: {done.stderr.strip() or done.stdout}")
    return done.stdout
