"""Any command of the product, on a clock that the test moves: `python -m tests.faults.shifted …`.

The first argument names a file with the seconds by which this process's clock is wrong; it is read
each time somebody asks what time it is. The rest is the command.
"""

import runpy
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch


def shifted_clock(file: Path) -> Callable[[], datetime]:
    """The time of day, as wrong as the file says."""
    return lambda: datetime.now(UTC) + timedelta(seconds=float(file.read_text()))


if __name__ == "__main__":
    clock = shifted_clock(Path(sys.argv.pop(1)))
    with patch("jobs.commands.worker._utc_now", clock), patch("api.app._utc_now", clock):
        runpy.run_module("jobs", run_name="__main__", alter_sys=True)
