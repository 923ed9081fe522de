"""A chart of requests per second as SVG: one panel for each page, one bar for each server."""

from collections.abc import Iterator
from html import escape

from bench.reads.contenders import CONTENDERS
from bench.reads.figures import C16, LIMIT, OURS, Figures
from bench.reads.questions import MEANINGS, Page

_WIDTH, _LABELS, _BARS = 760, 210, 440
_ROW, _BAR, _HEAD = 24, 16, 44
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.head { font-weight: 600 } .ours { fill: #0969da } .limit { fill: #afb8c1 } .peer { fill: #8c959f }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .ours { fill: #58a6ff } .limit { fill: #484f58 } .peer { fill: #6e7681 }
}"""


def chart(figures: Figures) -> str:
    """The whole picture; no background, and other colours where the reader's page is dark."""
    names = figures.names
    height = len(Page) * (_HEAD + _ROW * len(names)) + 8
    panels = "".join(
        f'<g transform="translate(0 {index * (_HEAD + _ROW * len(names))})">'
        f"{''.join(_panel(figures, page))}</g>\n"
        for index, page in enumerate(Page)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" role="img"'
        ' aria-label="Requests per second of each server">\n'
        f"<style>{_STYLE}</style>\n{panels}</svg>\n"
    )


def _panel(figures: Figures, page: Page) -> Iterator[str]:
    speeds = {
        name: figures.median((name, page, C16), lambda run: run.per_second)
        for name in figures.names
    }
    most = max(speeds.values())
    title = f"{page}: {MEANINGS[page]} – requests per second, 16 connections"
    yield f'<text class="head" x="0" y="26">{escape(title)}</text>\n'
    for index, (name, speed) in enumerate(speeds.items()):
        y, length = _HEAD + index * _ROW, max(1.0, _BARS * speed / most)
        kind = name if name in {OURS, LIMIT} else "peer"
        weight = ' class="head"' if name == OURS else ""
        label = escape(CONTENDERS[name].title)
        yield f'<text{weight} x="{_LABELS - 8}" y="{y + 12}" text-anchor="end">{label}</text>'
        yield f'<rect class="{kind}" x="{_LABELS}" y="{y}" width="{length:.1f}" height="{_BAR}"/>'
        number = f"{speed:,.0f}" if speed >= 100 else f"{speed:.1f}"
        yield f'<text{weight} x="{_LABELS + length + 6:.1f}" y="{y + 12}">{number}</text>\n'
