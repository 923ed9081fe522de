"""What the figures depend on: machine, versions, data, effort."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from bench.reads.contenders import PEERS
from bench.reads.dataset import Size
from bench.reads.installing import versions

_PACKAGES = ("strawberry-graphql", "starlette", "uvicorn", "uvloop", "httptools", "asyncpg")


def facts_of(size: Size, peers: list[str]) -> dict[str, str]:
    """Taken before anything is measured, as the load of the machine is one of them."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "cores": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        **{f"peer {name}": _listed(versions(name)) for name in PEERS if name in peers},
        "data": f"{size.partners} partners × {size.months} months × {size.customers} customers"
        f" × {size.lines} lines = {size.product_lines:,} product lines",
    }


def _listed(packages: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in packages.items())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
