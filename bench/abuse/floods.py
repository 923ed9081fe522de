"""Floods beside an innocent client: how long that one waits, and what memory the server takes."""

import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx2
import orjson

from bench.abuse.attack import JSON, asked
from bench.abuse.target import Target

ROOT = Path(__file__).resolve().parents[2]
INNOCENT = asked("{viewer{role partner{name}}}")
PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of flood, by how many processes with how many connections each, for how long."""

    kind: str
    processes: int = 2
    connections: int = 8
    seconds: float = 4.0
    is_one_user: bool = True


@dataclass(frozen=True, slots=True)
class Suffered:
    """How long the innocent client waited, in seconds, and what the flood got for its requests."""

    waits: list[float]
    statuses: dict[str, int]
    flood_median: float
    grown_mib: float
    rss_mib: float

    @property
    def median(self) -> float:
        """Half of the answers came sooner."""
        return median(self.waits)

    @property
    def p99(self) -> float:
        """All but one in a hundred came sooner."""
        return quantiles(self.waits, n=100)[98] if len(self.waits) > 1 else self.waits[0]


def suffer(target: Target, plan: Plan) -> Suffered:
    """Flood a server while somebody else asks it for something that it knows."""
    before = target.rss_mib()
    floods = [_begin(target, plan, number) for number in range(plan.processes)]
    waits: list[float] = []
    headers = JSON | {"Authorization": target.bearer("ann")}
    with target.open() as http:
        _wait(http, headers)
        for flood in floods:
            assert flood.stdout
            flood.stdout.readline()  # it begins
        until = time.monotonic() + plan.seconds
        while time.monotonic() < until:
            waits.append(_wait(http, headers))
            time.sleep(PAUSE_SECONDS)
    told = [orjson.loads(flood.communicate()[0]) for flood in floods]
    statuses = sum((Counter(one["statuses"]) for one in told), Counter[str]())
    flood_median = median(one["median_seconds"] for one in told)
    after = target.rss_mib()
    return Suffered(waits, statuses, flood_median, after - before, after)


def _begin(target: Target, plan: Plan, number: int) -> "subprocess.Popen[bytes]":
    settings = (str(target.port), str(plan.seconds + 0.5), str(plan.connections), str(number))
    flood = subprocess.Popen(
        [sys.executable, "-m", "bench.abuse.flood", plan.kind, *settings],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert flood.stdin
    flood.stdin.write(target.bearer("mallory" if plan.is_one_user else f"mallory{number}").encode())
    flood.stdin.close()
    flood.stdin = None
    return flood


def _wait(http: httpx2.Client, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = http.post("/graphql", content=INNOCENT, headers=headers)
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"the innocent client was refused: {answer.text}")
    return seconds
