"""`python -m bench [batch | crowd | reads | months]`: measures and prints; see the README."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import orjson
import typer

from bench.batch import Batch
from bench.crowd import crowd
from bench.figures import Figure
from bench.focus import write_focus
from bench.machine import machine_facts
from bench.months import months
from bench.postgres import PostgresStand
from bench.reads.command import reads
from bench.sqlite import SqliteStand
from bench.stand import Stand
from bench.table import show

# Options without a command are those of `batch`.
NAMED = {"batch", "crowd", "reads", "months", "--help"}
SEED = 20260101
STANDS: dict[str, Callable[[Path], Stand]] = {"sqlite": SqliteStand, "postgres": PostgresStand}


class Databases(StrEnum):
    """Which of them are measured."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    BOTH = "both"


app = typer.Typer(add_completion=False)
app.command()(reads)
app.command()(months)
app.command()(crowd)


@app.command()
def batch(
    rows: Annotated[int, typer.Option(min=1000, help="Charges in the invented file.")] = 200_000,
    database: Annotated[Databases, typer.Option(help="Which databases.")] = Databases.BOTH,
    rounds: Annotated[int, typer.Option(min=1, help="Medians are over these.")] = 3,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Figures as JSON.")] = None,
) -> None:
    """Measure import, generation and export against the raw limit of the database.

    Both sides work on the same data in turn and must come to the same rows. Bars are ratios, as
    rows per second depend on the machine.
    """
    facts = machine_facts()
    figures: list[Figure] = []
    with TemporaryDirectory(prefix="bills-bench-") as name:
        source = Path(name) / "focus.csv"
        write_focus(source, rows=rows, seed=SEED)
        for chosen in STANDS if database is Databases.BOTH else [database.value]:
            folder = Path(name) / chosen
            folder.mkdir(mode=0o700)
            stand = STANDS[chosen](folder)
            figures += Batch(stand, source).measure(rounds)
            facts |= stand.facts()
    show(figures, facts)
    if json:
        json.write_bytes(_as_json(figures, facts))


def _as_json(figures: list[Figure], facts: dict[str, str]) -> bytes:
    report = {"facts": facts, "figures": [figure.as_json() for figure in figures]}
    return orjson.dumps(report, default=str, option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    named = sys.argv[1:2]
    app(sys.argv[1:] if named and named[0] in NAMED else ["batch", *sys.argv[1:]])
