"""Figures: what came out of every run, and medians and ratios over them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, TypeAlias

from bench.reads.questions import Page

OURS, LIMIT, KEPT = "ours", "limit", "kept"
C1, C16 = 1, 16


@dataclass(frozen=True, slots=True)
class Run:
    """One server, one page, one number of connections, one round; CPU times in seconds."""

    requests: int
    seconds: float
    median_ms: float
    p99_ms: float
    server_cpu: float
    database_cpu: float
    client_cpu: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def server_ms(self) -> float:
        """CPU milliseconds of the server's processes for a request."""
        return 1000 * self.server_cpu / self.requests

    @property
    def database_ms(self) -> float:
        """CPU milliseconds of the database's processes for a request."""
        return 1000 * self.database_cpu / self.requests

    @property
    def thrift(self) -> float:
        """Requests for a second of CPU time, the database included."""
        return self.requests / (self.server_cpu + self.database_cpu)

    @property
    def client_share(self) -> float:
        """How busy the process was that made the load: 1 is a whole core."""
        return self.client_cpu / self.seconds


Measure: TypeAlias = Callable[[Run], float]
Key: TypeAlias = tuple[str, Page, int]


@dataclass
class Figures:
    """All runs, by server, page and connections, in the order of the rounds."""

    runs: dict[Key, list[Run]] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)
    statements: dict[tuple[str, Page], int] = field(default_factory=dict)
    bytes: dict[tuple[str, Page], int] = field(default_factory=dict)
    growth: dict[Page, float] = field(default_factory=dict)  # latency when 10 times as large
    again: dict[str, float] = field(default_factory=dict)  # requests per second
    ceiling: dict[Page, float] = field(default_factory=dict)  # the load's own

    def add(self, key: Key, run: Run) -> None:
        """Keep one more run."""
        self.runs.setdefault(key, []).append(run)

    def median(self, key: Key, measure: Measure) -> float:
        """The median over rounds."""
        return median(map(measure, self.runs[key]))

    def ratio(self, page: Page, connections: int, other: str, measure: Measure) -> float:
        """Ours by the other's: the median over rounds, whose runs were minutes apart at most."""
        sides = (self.runs[name, page, connections] for name in (OURS, other))
        return median(ratios(*([measure(run) for run in side] for side in sides)))

    @property
    def names(self) -> list[str]:
        """Who was measured."""
        return list(dict.fromkeys(name for name, _, _ in self.runs))

    def as_json(self) -> dict[str, Any]:
        """Everything measured."""
        return {
            "runs": [
                {"server": name, "page": page, "connections": connections}
                | {"rounds": [asdict(run) for run in runs]}
                for (name, page, connections), runs in self.runs.items()
            ],
            "peak_mib": self.peak_mib,
            "statements": {f"{name} {page}": n for (name, page), n in self.statements.items()},
            "bytes": {f"{name} {page}": n for (name, page), n in self.bytes.items()},
            "growth": self.growth,
            "again": self.again,
            "ceiling": self.ceiling,
        }


def ratios(ours: Sequence[float], others: Sequence[float]) -> list[float]:
    """Round by round."""
    return [one / other for one, other in zip(ours, others, strict=True)]
