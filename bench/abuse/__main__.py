"""`run.py abuse`: attacks and floods against a real server, measured; see docs/abuse.md."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx2
import typer

from bench.abuse.attack import Attack, strike
from bench.abuse.cop import CHECKS, Answer, Check
from bench.abuse.documents import DOCUMENTS
from bench.abuse.flood import KINDS
from bench.abuse.floods import Plan, Suffered, suffer
from bench.abuse.fuzz import fuzz
from bench.abuse.report import Report, Struck, markdown, show
from bench.abuse.requests import REQUESTS
from bench.abuse.sockets import HOLDING
from bench.abuse.target import Target, serving
from bench.machine import machine_facts

TIMES = 5
PROCESSES = 2
SEED = 20261130
# Of one process; of those that introduce themselves, one user may have ten in all.
CONNECTIONS = {"silent WebSockets": 150, "half bodies": 150, "half heads": 150}

app = typer.Typer(add_completion=False)


@app.command()
def abuse(
    seconds: Annotated[float, typer.Option(min=1, help="How long each flood lasts.")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1, help="Of each flood, the best counts.")] = 3,
    only: Annotated[
        str, typer.Option(metavar="TEXT", help="Only attacks and floods with this in their name.")
    ] = "",
    examples: Annotated[
        int, typer.Option(min=0, help="How often schemathesis asks for each field; 0 leaves it.")
    ] = 20,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tables there, as Markdown.")
    ] = None,
) -> None:
    """Attack a server of its own as OWASP's list and graphql-cop do, and measure what happens.

    Refusals, the waits of an innocent client, and memory are held against bars; a bar that does not
    hold ends it with 1.
    """
    with TemporaryDirectory(prefix="bills-abuse-") as name, serving(Path(name)) as target:
        report = _measured(target, Plan("", PROCESSES, seconds=seconds), (only, rounds))
        report.fuzzed = (
            fuzz(target, examples=examples, seed=SEED)
            if examples and only in "schemathesis"
            else None
        )
    show(report)
    facts = machine_facts()
    typer.echo(", ".join(f"{fact} {value}" for fact, value in facts.items()))
    if out:
        out.write_text(markdown(report), encoding="utf-8")
    if not all(holds for *_, holds in report.verdicts()):
        raise typer.Exit(1)


def _measured(target: Target, size: Plan, chosen: tuple[str, int]) -> Report:
    only, rounds = chosen
    with target.open() as http:
        _warm(http, target)
        before = target.rss_mib()
        attacks = [attack for attack in (*DOCUMENTS, *REQUESTS) if only in str(attack)]
        struck = [_struck(http, attack, target) for attack in attacks]
        found = list(_found(http, target))
    kinds = [kind for kind in (*KINDS, *HOLDING) if only in kind]
    floods = [_flooded(target, size, kind, rounds) for kind in kinds]
    return Report(struck, found, floods, before, target.rss_mib())


def _warm(http: httpx2.Client, target: Target) -> None:
    """What a server takes only once is there before anything is measured."""
    for attack in DOCUMENTS[:3]:
        strike(http, attack, target.bearer("ann"))
    suffer(target, Plan("a known query", 1, 2, 1.0))


def _struck(http: httpx2.Client, attack: Attack, target: Target) -> Struck:
    outcomes, who = [], target.bearer("mallory")
    for _ in range(TIMES):
        outcomes.append(strike(http, attack, who))
        # One by itself: a second one at once would wait for its turn.
        time.sleep(outcomes[-1].seconds)
    return Struck(attack, outcomes, target.rss_mib())


def _found(http: httpx2.Client, target: Target) -> Iterator[Check]:
    def send(method: str, query: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        signed = {"Authorization": target.bearer("mallory"), **headers}
        answer = http.request(method, f"/graphql?{query}", content=body, headers=signed)
        return Answer(answer.status_code, answer.text)

    for check in CHECKS:
        if check.finds(send):
            yield check


def _flooded(target: Target, size: Plan, kind: str, rounds: int) -> tuple[Plan, Suffered]:
    """What an innocent client suffers, in the round that the machine disturbs least."""
    typer.echo(f"Flood: {kind} …", err=True)
    connections = CONNECTIONS.get(kind, 5 if kind in HOLDING else 16)
    plan = Plan(kind, size.processes, connections, size.seconds)
    suffered = [suffer(target, plan) for _ in range(rounds)]
    return plan, min(suffered, key=lambda one: one.p99)


if __name__ == "__main__":
    app(prog_name="run.py abuse")
