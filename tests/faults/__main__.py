"""`python -m tests.faults`: the long form of the faults, with a figure for every target."""

import asyncio
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
    figures: list[Figure] = []
    chosen = ["sqlite", "postgres"] if database is Databases.BOTH else [database.value]
    for name in only or DRILLS:
        for each in chosen:
            found = asyncio.run(DRILLS[name](each, range(first, first + seeds)))
            figures += found if isinstance(found, list) else [found]
            say(f"{each}: {name} is over")
    show(figures)
    raise typer.Exit(0 if all(figure.is_met for figure in figures) else 1)


if __name__ == "__main__":
    typer.run(faults)
