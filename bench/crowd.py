"""`bench crowd`: many partners generated on PostgreSQL, one after the other and by several workers.

All ways begin from a copy of the same database, and must come to the same bills.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import typer

from bench.batch import ROOT, run_ours
from bench.focus import write_focus
from bench.ours import NOW
from bench.postgres import PostgresStand
from bench.stand import State
from jobs.generation import generate_due
from jobs.schedule import enqueue_due
from models.adapters.database import Database, open_database

SEED = 20260101
MOST_SECONDS = 3600
# By table: the column that says whose a row is.
_MULTIPLIED = {"partners": "id", "billable_cycles": "partner_id", "charges": "partner_id"}
# No worker knows of it before.
_DUE = "UPDATE billable_cycles SET is_billed = FALSE"


def crowd(
    partners: Annotated[int, typer.Option(min=2, help="All with the same charges.")] = 16,
    rows: Annotated[int, typer.Option(min=1000, help="Charges of each.")] = 25_000,
    most: Annotated[int, typer.Option(min=1, help="Workers at most.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Medians are over these.")] = 3,
) -> None:
    """Measure many partners' generation on PostgreSQL: one by one, and by workers at once."""
    with TemporaryDirectory(prefix="bills-bench-") as name:
        stand = _CrowdStand(Path(name))
        stand.fill(partners, rows)
        ways = range(most + 1)
        runs = [[stand.timed(workers, partners) for workers in ways] for _ in range(rounds)]
    for workers in ways:
        way = f"{workers} worker(s)" if workers else "one by one"
        seconds = median(run[workers] for run in runs)
        speedup = median(run[0] / run[workers] for run in runs)
        each = f"{partners / seconds:,.2f} partners/s, {partners * rows / seconds:,.0f} charges/s"
        typer.echo(f"{way}: {seconds:.2f} s, {each}, {speedup:.2f} times as fast as one by one")


class _CrowdStand(PostgresStand):
    """A server on which many partners are charged and nobody is billed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def fill(self, partners: int, rows: int) -> None:
        """Import one partner's month and give the same to the others; not due until `timed`."""
        source = self._folder / "focus.csv"
        write_focus(source, rows=rows, seed=SEED)
        url = self.new()
        for step in ("migrate", "import"):
            run_ours(step, url, source)
        for table, key in _MULTIPLIED.items():
            columns = self._psql(url, _columns_sql(table, key)).strip()
            self._psql(
                url,
                f"INSERT INTO {table} ({key}, {columns}) SELECT n, {columns} FROM {table},"
                f" generate_series(2, {partners}) n WHERE {key} = 1",
            )
        self._psql(url, "UPDATE billable_cycles SET is_billed = TRUE")
        self.keep(url, State.CHARGED)

    def timed(self, workers: int, partners: int) -> float:
        """Seconds to bill everybody, by so many workers, or for 0 one by one in this process."""
        url = self.copy(State.CHARGED)
        seconds = asyncio.run(self._by_workers(url, workers) if workers else self._alone(url))
        there = self._psql(url, "SELECT count(*), count(DISTINCT settlement) FROM bill_versions")
        if there.strip() != f"{partners}|1":
            raise SystemExit(f"{partners} equal bills should be there, not {there.strip()}.")
        self.drop(url)
        return seconds

    async def _alone(self, url: str) -> float:
        async with open_database(url) as db:
            self._psql(url, _DUE)
            began = perf_counter()
            await generate_due(db, now=NOW)
            return perf_counter() - began

    async def _by_workers(self, url: str, workers: int) -> float:
        async with open_database(url) as db:
            with _running(workers, url, self._folder):
                await _until(db, f"SELECT 1 FROM worker_signs HAVING count(*) = {workers}")
                self._psql(url, _DUE)
                began = perf_counter()
                await enqueue_due(db, now=NOW)
                await _until(db, "SELECT 1 FROM jobs HAVING bool_and(status = 'DONE')")
                return perf_counter() - began


@contextmanager
def _running(workers: int, url: str, folder: Path) -> Iterator[None]:
    """Worker processes as an operator starts them; what they say stands in a file."""
    ours = {name: value for name, value in os.environ.items() if name[:6] != "BILLS_"}
    settings = {
        "BILLS_DATABASE_URL": url,
        "BILLS_DATA_DIR": str(folder / "data"),
        "BILLS_SWEEP_SECONDS": "0.1",
    }
    command = [sys.executable, "-m", "jobs", "worker"]
    with (folder / "workers.log").open("ab") as log, ExitStack() as started:
        for _ in range(workers):
            process = subprocess.Popen(
                command, cwd=ROOT, env=ours | settings, stdout=log, stderr=log
            )
            started.callback(process.wait)
            started.callback(process.terminate)
        yield


async def _until(db: Database, question: str) -> None:
    async with asyncio.timeout(MOST_SECONDS):
        while not await db.fetch(question):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _columns_sql(table: str, key: str) -> str:
    return (
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
        f" WHERE table_name = '{table}' AND column_name NOT IN ('id', '{key}')"
    )
