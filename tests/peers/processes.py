"""Peers that run as processes of their own, and say on their first line where.

They end with their standard input, so that none outlives a run of tests that was killed.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE


@contextmanager
def started(module: str, *arguments: str) -> Iterator[str]:
    """A peer's URL; it is ended with the block."""
    command = [sys.executable, "-W", "ignore", "-m", f"tests.peers.{module}", *arguments]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://"), f"{module} did not start"
            yield url
        finally:
            process.kill()
