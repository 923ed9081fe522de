"""The bars: ratios and amounts to reach, and what was reached."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.reads.figures import C1, C16, LIMIT, OURS, Figures, Run
from bench.reads.questions import Page

_TITLES = {
    "postgraphile": "PostGraphile 5",
    "mercurius": "Mercurius with JIT",
    LIMIT: "the hand-written limit",
    "strawberry": "best-practice Strawberry",
}
# Requests per second at c16, ours by theirs: what is required for Q1, Q2 and Q3, and the dream.
_SPEED = {
    "postgraphile": ((3, 4, 3), (4, 6, 5)),
    "mercurius": ((1.5, 4, 1.8), (2, 6, 3)),
    LIMIT: ((0.8, 0.8, 0.8), (0.95, 0.95, 0.95)),
    "strawberry": ((8, 12, 15), None),
}
_LATENCY = (1.4, 2, 1.3)
_NODE = ("mercurius", "postgraphile")
_AGAIN = {"kept": ("a confirmed bill again, from the cache", 10), "unchanged": ("… as a 304", 30)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar beside what was reached; None where it could not be measured."""

    what: str
    page: str
    reached: float | None
    required: float
    dream: float | None = None
    is_most: bool = False  # the bar is an upper bound

    @property
    def holds(self) -> bool | None:
        """Whether it is reached."""
        if self.reached is None:
            return None
        return self.reached <= self.required if self.is_most else self.reached >= self.required


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """Every bar of the read side whose contenders were measured."""
    yield from _speeds(figures)
    yield from _latencies(figures)
    for page in Page:
        sent = figures.statements.get((OURS, page))
        yield Verdict("SQL statements for a root field", page, sent, 1, is_most=True)
    cpu = figures.median((OURS, Page.Q3, C16), lambda run: run.server_ms)
    yield Verdict("server CPU, ms a request", Page.Q3, cpu, 3, is_most=True)
    peak = figures.peak_mib[OURS]
    yield Verdict("server memory after the run, MiB", "all", peak, 150, is_most=True)
    for name, (what, required) in _AGAIN.items():
        yield Verdict(f"{what}, against the limit", Page.Q3, _again(figures, name), required)
    for page, growth in figures.growth.items():
        what = "latency when the table is 10 times as large"
        yield Verdict(what, page, growth, 1.2, 1.0, is_most=True)


def _speeds(figures: Figures) -> Iterator[Verdict]:
    for other, (required, dreams) in _SPEED.items():
        if other not in figures.names:
            continue
        for index, page in enumerate(Page):
            reached = figures.ratio(page, C16, other, lambda run: run.per_second)
            what = f"requests/s at c16 against {_TITLES[other]}"
            yield Verdict(what, page, reached, required[index], dreams and dreams[index])


def _latencies(figures: Figures) -> Iterator[Verdict]:
    """Times as fast as the faster of the two Node servers."""
    there = [name for name in _NODE if name in figures.names]
    for page, required in zip(Page, _LATENCY, strict=True):
        if there:
            reached = min(figures.ratio(page, C1, other, _quickness) for other in there)
            yield Verdict("speed at c1 against the faster Node server", page, reached, required)


def _quickness(run: Run) -> float:
    return 1 / run.median_ms


def _again(figures: Figures, name: str) -> float | None:
    key = (LIMIT, Page.Q3, C16)
    if name not in figures.again or key not in figures.runs:
        return None
    return figures.again[name] / figures.median(key, lambda run: run.per_second)
