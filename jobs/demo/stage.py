"""The steps of one start of the demo, in a process group that ends with it."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from jobs.demo.address import is_healthy
from jobs.demo.announcement import Facts
from jobs.demo.generator import write_focus_months, write_registration
from models.adapters.process_group import ProcessGroup
from models.rules.errors import Unavailable
from models.rules.months import BillingMonth

_START_SECONDS = 60
# A build that takes longer (a slow network) goes on, and serves the next start.
_PAGE_SECONDS = 60
_ROOT = Path(__file__).parents[2]
_MIGRATIONS = _ROOT / "models" / "migrations"
_RUN = _ROOT / "run.py"
# An installed package has no bootstrap; it brings the page along.
_PAGE_BUILDER = (str(_RUN), "page", "--once") if _RUN.exists() else ("-c", "")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Programs:
    """The command lines of what is started; tests put others in their place."""

    jobs: tuple[str, ...] = (sys.executable, "-m", "jobs")
    page: tuple[str, ...] = (sys.executable, *_PAGE_BUILDER)


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo: where it listens, where its data is, and what the data is made from.

    The data covers `months` complete months before `today`, and this month up to yesterday.
    """

    host: str
    port: int
    data_dir: Path
    seed: int
    today: date
    months: int = 12
    programs: Programs = Programs()


class Stage:
    """Prepares the data, then starts the services; every method raises Unavailable on failure."""

    def __init__(
        self, demo: Demo, group: ProcessGroup, environment: Mapping[str, str], say: Say
    ) -> None:
        self._demo, self._group, self._say = demo, group, say
        self._environment = dict(environment)
        self._jobs = demo.programs.jobs

    def prepare(self) -> None:
        """Migrate and fill the database, unless that is done; build the page meanwhile."""
        patience_ends = time.monotonic() + _PAGE_SECONDS
        self._group.begin("GraphiQL", self._demo.programs.page)
        database = self._environment.get("BILLS_DATABASE_URL", "")
        if not database and not any(self._demo.data_dir.glob("*.sqlite3")):
            for mark in ("migrated", "filled"):
                (self._demo.data_dir / mark).unlink(missing_ok=True)
        migrations = sorted(path.name for path in _MIGRATIONS.glob("*.py"))
        self._once("migrated", [database, *migrations], lambda: self._step("migrate"))
        self._once("filled", [database], self._fill)
        while not self._group.has_ended("GraphiQL") and time.monotonic() < patience_ends:
            self._group.pause(0.5)

    def serve(self, port: int) -> Facts:
        """Start the API and a worker; returns what is to be known once the API is healthy."""
        listen = ("--host", self._demo.host, "--port", str(port))
        self._group.serve("The API", (*self._jobs, "serve", *listen))
        self._group.serve("The worker", (*self._jobs, "worker"))
        facts = self._facts()
        deadline = time.monotonic() + _START_SECONDS
        while not is_healthy(self._demo.host, port):
            self._group.pause(0.05)
            if time.monotonic() > deadline:
                raise Unavailable(f"The API does not answer after {_START_SECONDS} seconds.")
        return facts

    def _once(self, name: str, state: list[str], act: Callable[[], None]) -> None:
        """Act unless that was done for this state; the mark comes last, so half is done again."""
        mark = self._demo.data_dir / name
        wanted = hashlib.sha256("\0".join(state).encode()).hexdigest()
        if not mark.exists() or mark.read_text() != wanted:
            act()
            mark.write_text(wanted)

    def _fill(self) -> None:
        """Invent the input and take it in the way every input is taken in; safe to repeat."""
        folder = self._demo.data_dir / "input"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        today, seed, months = self._demo.today, self._demo.seed, self._demo.months
        self._say("First start: inventing partners and a year of charges …")
        partners = write_registration(folder, seed=seed)
        first = BillingMonth(today.year, today.month).plus(-months)
        files = write_focus_months(
            folder,
            seed=seed,
            first=first,
            months=months + 1,
            through=today - timedelta(days=1),
        )
        self._step("register", str(partners))
        self._say("Importing …")
        self._step("import", *map(str, files))
        self._say("Living through the year: bills, confirmations, questions, payments …")
        self._step("demo-year", "--first", str(first))
        shutil.rmtree(folder)

    def _step(self, command: str, *arguments: str) -> None:
        self._group.begin(command, (*self._jobs, command, *arguments))
        if code := self._group.wait(command):
            raise Unavailable(f"`{command}` has failed (exit code {code}); its output is above.")

    def _facts(self) -> Facts:
        command = (*self._jobs, "demo-facts")
        asked = subprocess.run(  # noqa: S603 - our own command
            command, env=self._environment, stdout=subprocess.PIPE, check=False
        )
        if asked.returncode:
            raise Unavailable("`demo-facts` has failed; its output is above.")
        facts: Facts = json.loads(asked.stdout)
        return facts
