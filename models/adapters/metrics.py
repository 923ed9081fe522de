"""Figures in Prometheus' text format; each counter stands beside what it counts.

Processes of one server share theirs through files in the folder that PROMETHEUS_MULTIPROC_DIR
names: whichever of them is asked answers for all. Alone, a process keeps them in memory.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

NUDGES_MISSED = Counter(
    "bills_nudges_missed", "Rings of the doorbell that no worker can have heard; a sweep finds it."
)


def exposition(more: Iterable[Collector]) -> bytes:
    """This server's own figures, and those of `more` collectors."""
    others = CollectorRegistry(auto_describe=False)
    for collector in more:
        others.register(collector)
    return generate_latest(_own()) + generate_latest(others)


def _own() -> CollectorRegistry:
    folder = os.environ.get(SHARED_FOLDER)
    if not folder:
        return REGISTRY
    _forget_dead(Path(folder))
    shared = CollectorRegistry()
    MultiProcessCollector(shared, folder)  # type: ignore[no-untyped-call]
    return shared


def _forget_dead(folder: Path) -> None:
    """Leave out what a killed process held open; what it had counted stays counted."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another process did the same
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
