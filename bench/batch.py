"""The batch side: import, generation and export, each against the limits of the database.

Every step begins from a copy of the same state, both sides in turn, one after the other; what they
wrote must be equal in every round. Our side runs in a process of its own.
"""

import csv
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zipfile import ZipFile

from bench.figures import Content, Figure, Run
from bench.stand import EXPORTED, Limit, Stand, State
from models.rules.money import EXACT

ROOT = Path(__file__).parent.parent
OURS = "ours"


class Step(NamedTuple):
    """A step, the state it begins from, and the state it leads to."""

    name: str
    before: State
    after: State | None


STEPS = (
    Step("import", State.EMPTY, State.CHARGED),
    Step("generation", State.CHARGED, State.BILLED),
    Step("export", State.BILLED, None),
)


class Batch:
    """The three steps on one database, over one FOCUS file."""

    def __init__(self, stand: Stand, source: Path) -> None:
        self._stand, self._source = stand, source
        self._runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
        self._contents: dict[tuple[str, str], Content] = {}

    def measure(self, rounds: int) -> list[Figure]:
        """Figures by step and limit; raises SystemExit when the two sides differ."""
        self._prepare()
        for number in range(rounds):
            for step in STEPS:
                self._round(step, is_turned=number % 2 == 1)
        return [
            self._figure(step.name, limit)
            for step in STEPS
            for limit in self._stand.limits()[step.name]
        ]

    def _prepare(self) -> None:
        """Make the states, by our own side; that warms the machine up as well."""
        url = self._stand.new()
        run_ours("migrate", url, self._source)
        self._stand.keep(url, State.EMPTY)
        for step in STEPS:
            if step.after:
                url = self._stand.copy(step.before)
                run_ours(step.name, url, self._source)
                self._stand.keep(url, step.after)
        self._stand.unload()

    def _round(self, step: Step, *, is_turned: bool) -> None:
        limits = list(self._stand.limits()[step.name].items())
        sides: list[tuple[str, Limit | None]] = [(OURS, None), *limits]
        for name, limit in reversed(sides) if is_turned else sides:
            url = self._stand.copy(step.before)
            with TemporaryDirectory(prefix="bills-bench-") as folder:
                self._take(step, (name, limit), url, Path(folder))
            self._stand.drop(url)

    def _take(self, step: Step, side: tuple[str, Limit | None], url: str, folder: Path) -> None:
        name, limit = side
        place = folder if step.after is None else self._source
        run = Run(limit(url, folder)) if limit else run_ours(step.name, url, place)
        content = _exported(folder) if step.after is None else self._stand.content(url, step.name)
        self._runs[step.name, name].append(run)
        self._contents[step.name, name] = content
        first = next(c for (done, _), c in self._contents.items() if done == step.name)
        if content != first:
            raise SystemExit(f"{step.name}: {name} has come to {content} instead of {first}.")

    def _figure(self, step: str, limit: str) -> Figure:
        return Figure(
            database=self._stand.database,
            step=step,
            limit=limit,
            rows=self._contents["import", OURS].rows,
            contents=(self._contents[step, OURS], self._contents[step, limit]),
            ours=self._runs[step, OURS],
            limits=self._runs[step, limit],
        )


def run_ours(step: str, url: str, place: Path) -> Run:
    """Take a step in a process of its own; raises SystemExit when it fails."""
    command = [sys.executable, "-m", "bench.ours", step, url, str(place)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Our {step} has failed; its output is above.")
    return Run(**json.loads(done.stdout))


def _exported(folder: Path) -> Content:
    """The rows of the zip or the one file in a folder, and the sum of their last column."""
    count, total = 0, Decimal(0)
    for table in _tables(folder):
        for row in islice(csv.reader(table), 1, None):
            count, total = count + 1, EXACT.add(total, Decimal(row[-1]))
    return Content(count, (total,))


def _tables(folder: Path) -> Iterator[TextIOWrapper]:
    if zips := list(folder.rglob("*.zip")):
        [place] = zips
        with ZipFile(place) as archive:
            for name in archive.namelist():
                if name.endswith(EXPORTED):
                    yield TextIOWrapper(archive.open(name), "utf-8", newline="")
        return
    [path] = folder.rglob(f"*{EXPORTED}")
    with path.open(newline="", encoding="utf-8") as file:
        yield file
