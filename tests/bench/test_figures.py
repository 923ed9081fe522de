"""Medians, ratios and bars, of figures made up for it; the chart and the tables that show them."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.reads.bars import Verdict, verdicts
from bench.reads.chart import chart
from bench.reads.figures import C1, C16, Figures, Run
from bench.reads.questions import Page
from bench.reads.report import markdown, server_rows

RUN = Run(
    requests=100,
    seconds=1.0,
    median_ms=10.0,
    p99_ms=20.0,
    server_cpu=0.2,
    database_cpu=0.3,
    client_cpu=0.05,
)
SPEEDS = {"ours": 10, "limit": 12, "mercurius": 2, "postgraphile": 1, "strawberry": 0.5}


@pytest.fixture
def figures() -> Figures:
    """Three rounds; in the second the machine was ten times as slow, for everyone."""
    made = Figures()
    for slowness in (1, 10, 1):
        for name, speed in SPEEDS.items():
            for page in Page:
                requests = round(1000 * speed / slowness)
                run = replace(RUN, requests=requests, median_ms=10 * slowness / speed)
                made.add((name, page, C1), run)
                made.add((name, page, C16), run)
    made.peak_mib = dict.fromkeys(SPEEDS, 140.0)
    made.statements = dict.fromkeys(((name, page) for name in SPEEDS for page in Page), 1)
    made.bytes = dict.fromkeys(made.statements, 2000)
    made.ceiling = dict.fromkeys(Page, 20_000.0)
    made.growth = dict.fromkeys(Page, 1.3)
    return made


def _verdict(figures: Figures, what: str, page: str) -> Verdict:
    [found] = [one for one in verdicts(figures) if what in one.what and one.page == page]
    return found


def test_a_ratio_is_the_median_of_the_rounds_ratios(figures: Figures) -> None:
    assert figures.ratio(Page.Q1, C16, "mercurius", lambda run: run.per_second) == 5
    figures.runs["ours", Page.Q1, C16][0] = replace(RUN, requests=1)
    assert figures.ratio(Page.Q1, C16, "mercurius", lambda run: run.per_second) == 5
    assert figures.median(("ours", Page.Q1, C16), lambda run: run.requests) == 1000


def test_what_a_request_takes(figures: Figures) -> None:
    assert RUN.per_second == 100
    assert RUN.server_ms == 2
    assert RUN.database_ms == 3
    assert RUN.thrift == 200
    assert RUN.client_share == 0.05


def test_a_bar_holds_from_what_it_requires_on(figures: Figures) -> None:
    assert _verdict(figures, "against Mercurius", Page.Q1).holds
    assert _verdict(figures, "the hand-written limit", Page.Q3).reached == pytest.approx(5 / 6)
    assert _verdict(figures, "faster Node server", Page.Q2).reached == pytest.approx(5)
    slow = _verdict(figures, "10 times as large", Page.Q2)
    assert (slow.reached, slow.required, slow.holds) == (1.3, 1.2, False)
    assert _verdict(figures, "memory", "all").holds


def test_what_was_not_measured_neither_holds_nor_fails(figures: Figures) -> None:
    assert _verdict(figures, "again, from the cache", Page.Q3).holds is None
    figures.again = {"kept": 130_000.0}
    assert _verdict(figures, "again, from the cache", Page.Q3).holds
    assert _verdict(figures, "as a 304", Page.Q3).holds is None


def test_peers_left_out_have_no_bars(figures: Figures) -> None:
    for page in Page:
        for connections in (C1, C16):
            del figures.runs["strawberry", page, connections]
    assert not any("Strawberry" in one.what for one in verdicts(figures))


def test_the_tables_have_a_row_for_everything(figures: Figures) -> None:
    assert len(list(server_rows(figures))) == len(SPEEDS) * len(Page)
    text = markdown(figures, {"machine": "a small one"})
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in lines}) == 2  # two tables, each of one width
    assert "- machine: a small one" in text
    assert "**no**" in text


def test_the_chart_is_well_formed_and_drawn_to_scale(figures: Figures) -> None:
    root = ElementTree.fromstring(chart(figures))
    space = "{http://www.w3.org/2000/svg}"
    panels = root.findall(f"{space}g")
    assert len(panels) == len(Page)
    for panel in panels:
        bars = [float(bar.attrib["width"]) for bar in panel.findall(f"{space}rect")]
        longest = max(bars)
        shares = [bar / longest for bar in bars]
        assert shares == pytest.approx([speed / 12 for speed in SPEEDS.values()], abs=0.01)
    assert "prefers-color-scheme: dark" in chart(figures)
