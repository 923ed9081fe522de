"""Figures and bars as tables: for the terminal, and as Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.reads.bars import Verdict, verdicts
from bench.reads.contenders import CONTENDERS
from bench.reads.figures import C1, C16, OURS, Figures
from bench.reads.questions import MEANINGS, Page

_SERVERS = (
    *("server", "page", "c1 median, ms", "c1 p99, ms", "c16, requests/s", "ours is × as fast"),
    *("… by all CPU time", "CPU, ms", "database CPU, ms", "SQL", "answer, kB", "peak, MiB"),
)
_BARS = ("bar", "page", "reached", "required", "dream", "holds")
_HOLDS = {True: "yes", False: "**no**", None: "not measured"}


def show(figures: Figures, facts: Mapping[str, str]) -> None:
    """Print both tables, and what they depend on."""
    console = Console()
    # Wide enough for its content, also where the output is a file.
    console.width = max(console.width, 150)
    console.print(_table("The read side", _SERVERS, server_rows(figures)))
    console.print(_table("The bars", _BARS, bar_rows(verdicts(figures))))
    told = {**facts, **_about_load(figures)}
    for name, value in told.items():
        console.print(f"{name}: {value}", highlight=False)


def markdown(figures: Figures, facts: Mapping[str, str]) -> str:
    """Both tables and the facts as Markdown."""
    told = {**facts, **_about_load(figures)}
    parts = [
        _markdown(_SERVERS, server_rows(figures)),
        _markdown(_BARS, bar_rows(verdicts(figures))),
        "\n".join(f"- {name}: {value}" for name, value in told.items()),
    ]
    return "\n\n".join(parts) + "\n"


def server_rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    """One row for each page and server, ours first."""
    for page in Page:
        for name in figures.names:
            yield _server_row(figures, page, name)


def _server_row(figures: Figures, page: Page, name: str) -> tuple[str, ...]:
    one, many = (name, page, C1), (name, page, C16)
    speed = figures.ratio(page, C16, name, lambda run: run.per_second)
    thrift = figures.ratio(page, C16, name, lambda run: run.thrift)
    return (
        CONTENDERS[name].title,
        page,
        f"{figures.median(one, lambda run: run.median_ms):.2f}",
        f"{figures.median(one, lambda run: run.p99_ms):.2f}",
        _number(figures.median(many, lambda run: run.per_second)),
        "" if name == OURS else f"{speed:.2f}",
        "" if name == OURS else f"{thrift:.2f}",
        f"{figures.median(many, lambda run: run.server_ms):.2f}",
        f"{figures.median(many, lambda run: run.database_ms):.2f}",
        str(figures.statements[name, page]),
        f"{figures.bytes[name, page] / 1000:.0f}",
        f"{figures.peak_mib[name]:.0f}",
    )


def bar_rows(found: Iterator[Verdict]) -> Iterator[tuple[str, ...]]:
    """One row for each bar."""
    for verdict in found:
        sign = "≤" if verdict.is_most else "≥"
        reached = "–" if verdict.reached is None else f"{verdict.reached:.2f}"
        dream = f"{sign} {verdict.dream:g}" if verdict.dream is not None else ""
        required = f"{sign} {verdict.required:g}"
        yield verdict.what, verdict.page, reached, required, dream, _HOLDS[verdict.holds]


def _about_load(figures: Figures) -> dict[str, str]:
    """What shows that the load was not in the way."""
    busiest = max(run.client_share for runs in figures.runs.values() for run in runs)
    idle = ", ".join(f"{page} {_number(rate)}" for page, rate in figures.ceiling.items())
    return {
        **{page: MEANINGS[page] for page in Page},
        "load": f"requests/s against a server that does nothing but answer as many bytes: {idle};"
        f" its process was never busier than {100 * busiest:.0f} % of a core",
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _table(title: str, headers: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Table:
    table = Table(title=title)
    for number, header in enumerate(headers):
        table.add_column(header, justify="left" if number < 2 else "right")
    for row in rows:
        table.add_row(*(cell.strip("*") for cell in row))
    return table


def _markdown(headers: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    aligned = ["---" if number < 2 else "---:" for number in range(len(headers))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headers, aligned, *rows))
