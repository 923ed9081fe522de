"""What a drill has reached, against what it had to."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    target: str
    database: str
    reached: str
    is_met: bool


def say(line: str) -> None:
    """Tell whoever waits what goes on."""
    print(line, file=sys.stderr, flush=True)


def show(figures: Sequence[Figure]) -> None:
    """Print the table, as the docs have it."""
    print("| target | database | reached | |\n|---|---|---|---|")
    for each in figures:
        met = "met" if each.is_met else "**missed**"
        print(f"| {each.target} | {each.database} | {each.reached} | {met} |")


def percentile(seconds: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; 0 of none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def milliseconds(seconds: float) -> str:
    """A short time, for people."""
    return f"{seconds * 1000:,.0f} ms"
