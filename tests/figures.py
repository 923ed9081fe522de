"""Reading figures as Prometheus does."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read_figures(text: str) -> Figures:
    """Every sample by its name and labels; raises ValueError for what Prometheus would refuse."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(figures: Figures, name: str, labels: Mapping[str, str] | None = None) -> float:
    """One of them; 0 where nothing was counted yet."""
    return figures.get((f"bills_{name}", frozenset((labels or {}).items())), 0)
