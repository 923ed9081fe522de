"""What came of the attacks, as tables for the terminal and for docs/abuse.md."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.abuse.attack import Attack, Outcome
from bench.abuse.cop import Check, Severity
from bench.abuse.floods import Plan, Suffered
from bench.abuse.fuzz import Fuzzed

REFUSED_SECONDS = 0.1
INNOCENT_SECONDS = 0.25
GROWN_MIB = 50

ATTACK_HEADERS = ("attack", "answer", "best, ms", "median, ms", "memory, MiB")
FLOOD_HEADERS = (
    *("flood", "answers", "innocent median, ms", "innocent p99, ms"),
    *("memory, MiB", "grown, MiB"),
)


@dataclass(frozen=True, slots=True)
class Struck:
    """One attack, how each time was answered, and the server's memory then."""

    attack: Attack
    outcomes: list[Outcome]
    rss_mib: float

    @property
    def best(self) -> float:
        """In seconds; what a busy machine adds to others is not the server's."""
        return min(outcome.seconds for outcome in self.outcomes)

    @property
    def is_refused(self) -> bool:
        """Whether each was answered as the catalogue says, and told nothing."""
        wanted = (self.attack.status, frozenset({self.attack.code} - {""}), [])
        return all((one.status, one.codes, one.told) == wanted for one in self.outcomes)

    @property
    def row(self) -> tuple[str, ...]:
        """As the table shows it."""
        middle = median(outcome.seconds for outcome in self.outcomes)
        answer = f"{self.attack.status} {self.attack.code or 'nothing found'}"
        times = (f"{self.best * 1e3:.1f}", f"{middle * 1e3:.1f}")
        return (str(self.attack), answer, *times, f"{self.rss_mib:.0f}")


@dataclass(slots=True)
class Report:
    """Everything that was measured; memory in MiB before, and after all of it."""

    struck: list[Struck]
    found: list[Check]
    floods: list[tuple[Plan, Suffered]]
    before_mib: float
    after_mib: float
    fuzzed: Fuzzed | None = None

    def verdicts(self) -> Iterator[tuple[str, str, str, bool]]:
        """What was to hold: name, bar, what was reached, whether it holds."""
        wrong = [str(one.attack) for one in self.struck if not one.is_refused]
        yield "attacks answered otherwise", "0", ", ".join(wrong) or "0", not wrong
        bad = [c.title for c in self.found if c.severity in {Severity.HIGH, Severity.MEDIUM}]
        yield "graphql-cop, high and medium", "0", ", ".join(bad) or "0", not bad
        less = [c.title for c in self.found if c.title not in bad]
        yield "graphql-cop, low and info", "0", ", ".join(less) or "0", not less
        slowest = max((one.best for one in self.struck), default=0.0)
        yield _within("slowest refusal, best of five", slowest, REFUSED_SECONDS)
        p99 = max((suffered.p99 for _, suffered in self.floods), default=0.0)
        yield _within("innocent client, p99 in the worst flood", p99, INNOCENT_SECONDS)
        grown = self.after_mib - self.before_mib
        bar, reached = f"≤ {GROWN_MIB} MiB", f"{grown:.0f} MiB"
        yield "memory grown by attacks and floods", bar, reached, grown <= GROWN_MIB
        if self.fuzzed is not None:
            asked, failures = self.fuzzed.answers.total(), len(self.fuzzed.bad)
            yield f"schemathesis, {asked} requests: our failures", "0", str(failures), not failures

    @property
    def attack_rows(self) -> list[tuple[str, ...]]:
        """One for each attack."""
        return [one.row for one in self.struck]

    @property
    def flood_rows(self) -> list[tuple[str, ...]]:
        """One for each flood."""
        return [_flood_row(plan, suffered) for plan, suffered in self.floods]


def show(report: Report) -> None:
    """Print it."""
    console = Console()
    console.width = max(console.width, 150)  # wide enough, also where the output is a file
    console.print(_table("Attacks", ATTACK_HEADERS, report.attack_rows))
    console.print(_table("Floods beside an innocent client", FLOOD_HEADERS, report.flood_rows))
    rows = [(*told, "yes" if holds else "NO") for *told, holds in report.verdicts()]
    console.print(_table("Bars", ("what", "bar", "reached", "holds"), rows))


def markdown(report: Report) -> str:
    """The bars, the floods, and the attacks by family, as Markdown, with what shows each again."""
    rows = [(*told, "yes" if holds else "**no**") for *told, holds in report.verdicts()]
    again = "`python3 run.py abuse --only %s`"
    floods = [(*row, again % f"'{plan.kind}'") for row, (plan, _) in
              zip(report.flood_rows, report.floods, strict=True)]  # fmt: skip
    parts = [_markdown(("what", "bar", "reached", "holds"), rows)]
    parts += [_markdown((*FLOOD_HEADERS, "again"), floods)]
    for family, struck in groupby(report.struck, lambda one: one.attack.family):
        attacks = _markdown(ATTACK_HEADERS, (one.row for one in struck))
        parts.append(f"**{family}**, again by {again % repr(f'{family}:')}\n\n{attacks}")
    return "\n".join(parts)


def _within(name: str, seconds: float, bar: float) -> tuple[str, str, str, bool]:
    return name, f"≤ {bar * 1e3:.0f} ms", f"{seconds * 1e3:.0f} ms", seconds <= bar


def _flood_row(plan: Plan, suffered: Suffered) -> tuple[str, ...]:
    size = f"{plan.kind}, {plan.processes} × {plan.connections} connections"
    answers = ", ".join(f"{times} × {what}" for what, times in sorted(suffered.statuses.items()))
    waits = (f"{suffered.median * 1e3:.1f}", f"{suffered.p99 * 1e3:.1f}")
    return (size, answers, *waits, f"{suffered.rss_mib:.0f}", f"{suffered.grown_mib:.1f}")


def _table(title: str, headers: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(title=title)
    for number, header in enumerate(headers):
        table.add_column(header, justify="left" if number < 2 else "right")
    for row in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    return table


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{{", "{ {")


def _markdown(headers: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
