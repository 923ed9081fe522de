"""`python -m tests.faults`: the long form of the faults, with a figure for every target."""

import asyncio
import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer

from tests.faults import drills, waits
from tests.faults.figures import Figure, say, show

DRILLS = {
    "seeds": drills.seeds,
    "kills": drills.kills,
    "contention": drills.contention,
    "takeover": waits.takeover,
    "missed": waits.missed,
    "queue": waits.without_queue,
    "outage": waits.outage,
}


class Databases(StrEnum):
    """On which of them."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    BOTH = "both"


def faults(
    seeds: Annotated[int, typer.Option(min=1, help="How many orders of faults.")] = 5,
    first: Annotated[int, typer.Option(help="The first seed; the others follow it.")] = 1,
    database: Annotated[Databases, typer.Option(help="Which databases.")] = Databases.BOTH,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Some of: {', '.join(DRILLS)}; all without.")
    ] = None,
) -> None:
    """Break everything that can be broken, several minutes long, and print what was reached."""
    if database is Databases.BOTH:
        # A process for each: Tortoise keeps statements as the first database has them.
        raise typer.Exit(max(_on(each) for each in (Databases.SQLITE, Databases.POSTGRES)))
    figures: list[Figure] = []
    for name in only or DRILLS:
        found = asyncio.run(DRILLS[name](database.value, range(first, first + seeds)))
        figures += found if isinstance(found, list) else [found]
        say(f"{database}: {name} is over")
    show(figures)
    raise typer.Exit(0 if all(figure.is_met for figure in figures) else 1)


def _on(database: Databases) -> int:
    command = [sys.executable, "-m", "tests.faults", *sys.argv[1:], "--database", database.value]
    return subprocess.call(command)


if __name__ == "__main__":
    typer.run(faults)
