"""Figures as a table for people."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.figures import MOST_MIB, Bar, Figure

_HEADERS = ("database", "step", "limit", "ours, rows/s", "limit, rows/s", "ratio", "bar", "dream")


def show(figures: Iterable[Figure], facts: Mapping[str, str]) -> None:
    """Print the figures beside their bars, and what they depend on."""
    table = Table(title="Rows per second against the limit of the database, same data, same run")
    for number, header in enumerate(_HEADERS):
        table.add_column(header, justify="left" if number < 3 else "right", no_wrap=True)
    table.add_column("our peak, MiB", justify="right", no_wrap=True)
    for figure in figures:
        ours, limit = figure.speeds
        table.add_row(
            *(figure.database, figure.step, figure.limit, f"{ours:,.0f}", f"{limit:,.0f}"),
            *_ratio_cells(figure.ratio, figure.bar),
            _peak_cell(figure),
        )
    console = Console()
    # Wide enough for its content, also where the output is a file.
    console.width = max(console.width, 120)
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), highlight=False)


def _ratio_cells(ratio: float, bar: Bar | None) -> tuple[Text, str, str]:
    if bar is None:
        return Text(f"{ratio:.2f}"), "–", "–"
    style = "green" if ratio >= bar.required else "red"
    return Text(f"{ratio:.2f}", style), f"≥ {bar.required}", f"{bar.dream}"


def _peak_cell(figure: Figure) -> Text:
    most = MOST_MIB.get(figure.step)
    if most is None:
        return Text(f"{figure.peak_mib:.0f}")
    style = "green" if figure.peak_mib <= most else "red"
    return Text(f"{figure.peak_mib:.0f} (≤ {most})", style)
