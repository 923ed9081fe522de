"""Figures: times of interleaved rounds, and what they are held against."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import median
from typing import Any

SHELL = "sqlite3 shell"
PSQL = r"psql \copy"
INSERT = "one INSERT … SELECT"


@dataclass(frozen=True, slots=True)
class Bar:
    """Ratios to reach: our rows per second by the limit's."""

    required: float
    dream: float


# By step and limit; a limit without a bar is there to compare.
BARS = {
    ("import", PSQL): Bar(0.15, 0.4),
    ("import", SHELL): Bar(0.15, 0.4),
    ("generation", INSERT): Bar(0.7, 0.9),
    ("export", PSQL): Bar(0.6, 0.9),
    ("export", SHELL): Bar(0.3, 0.5),
}
MOST_MIB = {"import": 300, "export": 100}


@dataclass(frozen=True, slots=True)
class Content:
    """What a side has come to: rows, and the exact sums of some of their columns."""

    rows: int
    sums: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One side of one step in one round; the peak is of our process only."""

    seconds: float
    peak_mib: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One step on one database against one limit, round by round; `rows` are charges."""

    database: str
    step: str
    limit: str
    rows: int
    contents: tuple[Content, Content]  # ours and the limit's, in the first round
    ours: list[Run]
    limits: list[Run]

    @property
    def ratio(self) -> float:
        """Our speed by the limit's: the median over rounds, whose two sides ran side by side."""
        pairs = zip(self.ours, self.limits, strict=True)
        return median(limit.seconds / ours.seconds for ours, limit in pairs)

    @property
    def bar(self) -> Bar | None:
        """What the ratio should reach."""
        return BARS.get((self.step, self.limit))

    @property
    def speeds(self) -> tuple[float, float]:
        """Rows per second, ours and the limit's: of the median times."""
        sides = (self.ours, self.limits)
        ours, limit = (self.rows / median(run.seconds for run in side) for side in sides)
        return ours, limit

    @property
    def peak_mib(self) -> float:
        """The most memory that our process held in any round."""
        return max(run.peak_mib or 0.0 for run in self.ours)

    def as_json(self) -> dict[str, Any]:
        """Everything measured, and what follows from it."""
        ours, limit = self.speeds
        return asdict(self) | {
            "rows_per_second": round(ours),
            "limit_rows_per_second": round(limit),
            "ratio": round(self.ratio, 3),
            "bar": asdict(self.bar) if self.bar else None,
            "peak_mib": round(self.peak_mib),
        }
