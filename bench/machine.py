"""What a figure depends on, and how much memory a process took."""

import os
import platform
import resource
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

_STATUS = Path("/proc/self/status")
_PACKAGES = ("asyncpg", "aiosqlite", "tortoise-orm")


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    if _STATUS.exists():  # Linux's rusage also counts the process that this one was forked from
        [line] = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def machine_facts() -> dict[str, str]:
    """Cores, load and versions."""
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "sqlite library": sqlite3.sqlite_version,
        **{package: version(package) for package in _PACKAGES},
    }
