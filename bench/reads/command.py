"""`bench reads`: the read side, measured and reported."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import orjson
import typer

from bench.reads.bars import verdicts
from bench.reads.chart import chart
from bench.reads.contenders import PEERS
from bench.reads.contest import Contest, Effort
from bench.reads.database import Datasets
from bench.reads.dataset import Size
from bench.reads.facts import facts_of
from bench.reads.figures import LIMIT, OURS, Figures
from bench.reads.report import markdown, show

FULL = "50x24x200x20"
SECONDS = 2.0
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


def reads(
    *,
    size: Annotated[
        str,
        typer.Option(
            metavar="PxMxCxL[xK]",
            help="Partners, months, customers, product lines of each, and charges of a line;"
            " 10x6x200x20 is enough to try it.",
        ),
    ] = FULL,
    rounds: Annotated[int, typer.Option(min=1, help="Medians are over these.")] = 5,
    peer: Annotated[list[str] | None, typer.Option(help="Only these peers; repeatable.")] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the database there.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write reads.json, reads.md and reads.svg there."),
    ] = None,
) -> None:
    """Measure our server, its peers and the hand-written limit on one database.

    All answers are compared before anything is timed. Peers are installed from their registries
    into bench/.peers. Bars are ratios within one run.
    """
    chosen, peers, effort = _size(size), _known(peer), Effort(rounds, SECONDS)
    facts = facts_of(chosen, peers) | {"rounds": f"{rounds}, of {SECONDS:g} s each"}
    with TemporaryDirectory(prefix="bills-bench-") as name:
        datasets = Datasets(data or Path(name) / "data", is_kept=data is not None)
        try:
            contest = Contest(datasets, Path(name), effort)
            contest.measure([OURS, LIMIT, *peers], chosen)
            facts |= datasets.facts()
        finally:
            datasets.close()
    show(contest.figures, facts)
    if out:
        _write(contest.figures, facts, out)


def _size(text: str) -> Size:
    try:
        return Size.parse(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"a size is written as in {FULL}, not {text}") from wrong


def _known(peers: list[str] | None) -> list[str]:
    if peers is None:
        return list(PEERS)
    unknown = [peer for peer in peers if peer not in PEERS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(PEERS)}")
    return peers


def _write(figures: Figures, facts: dict[str, str], folder: Path) -> None:
    report = {
        "facts": facts,
        "bars": [{**asdict(bar), "holds": bar.holds} for bar in verdicts(figures)],
        "figures": figures.as_json(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reads.json").write_bytes(orjson.dumps(report, option=_JSON) + b"\n")
    (folder / "reads.md").write_text(markdown(figures, facts), encoding="utf-8")
    (folder / "reads.svg").write_text(chart(figures), encoding="utf-8")
