"""What processes took, as the Linux kernel counts it: a process and all that came from it."""

import os
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


def family(process: int) -> list[int]:
    """The process and all below it that are running."""
    parents: dict[int, list[int]] = {}
    for place in _PROC.iterdir():
        if place.name.isdigit() and (fields := _stat(int(place.name))):
            parents.setdefault(int(fields[1]), []).append(int(place.name))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_seconds(process: int) -> float:
    """User and system time of a process, its children that have ended, and all below it."""
    times = (fields[11:15] for one in family(process) if (fields := _stat(one)))
    return sum(int(ticks) for four in times for ticks in four) / _TICKS


def peak_mib(process: int) -> float:
    """The most memory that each process below this one has held, added up, in MiB."""
    return sum(_peak_kib(one) for one in family(process)) / 1024


def _stat(process: int) -> list[str]:
    """Fields 3 and on of /proc/N/stat; none when the process is gone."""
    try:
        text = (_PROC / str(process) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _peak_kib(process: int) -> int:
    try:
        lines = (_PROC / str(process) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
