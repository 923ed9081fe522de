"""Processes that live and end together, however this process ends."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from models.rules.errors import Unavailable

_KEEPER = Path(__file__).with_name("keeper.py")
# The keeper gives each process its grace; this is for a keeper that hangs.
_CLOSE_SECONDS = 60


class ProcessGroup:
    """Runs commands in one process group of their own, apart from this process and its terminal.

    All of them end when the group is closed, when one of its services ends, and when this process
    is gone, even by kill -9: SIGTERM, and SIGKILL after `grace_seconds`. Unix only.
    """

    def __init__(self, environment: Mapping[str, str], *, grace_seconds: float = 5) -> None:
        self._keeper = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-P", str(_KEEPER), str(grace_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # No buffers: what `select` does not see must not lie in one.
            bufsize=0,
            env=dict(environment),
            process_group=0,
        )
        assert self._keeper.stdin
        assert self._keeper.stdout
        self._orders, self._reports = self._keeper.stdin, self._keeper.stdout
        self._codes: dict[str, int] = {}
        self._is_closed = False

    def serve(self, name: str, command: Sequence[str]) -> None:
        """Start a service: a process whose end is the end of the group."""
        self._order(name, command, is_service=True)

    def begin(self, name: str, command: Sequence[str]) -> None:
        """Start a step: a process that comes to an end of its own."""
        self._order(name, command, is_service=False)

    def wait(self, name: str) -> int:
        """Wait for the end of a step; returns its exit code. Raises Unavailable as `pause` does."""
        while name not in self._codes:
            self._read_end()
        return self._codes.pop(name)

    def has_ended(self, name: str) -> bool:
        """Whether a step that nobody has waited for yet is known to have ended."""
        return name in self._codes

    def pause(self, seconds: float) -> None:
        """Wait that long, or until a step ends; raises Unavailable as soon as a service ends."""
        # No helper thread: a signal that it were given would not wake the main thread.
        if select.select([self._reports], [], [], seconds)[0]:
            self._read_end()

    def close(self) -> None:
        """End every process of the group and wait until they are gone; safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(_CLOSE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._keeper.pid, signal.SIGKILL)
        self._keeper.wait()
        self._reports.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _order(self, name: str, command: Sequence[str], *, is_service: bool) -> None:
        order = {"name": name, "command": list(command), "is_service": is_service}
        with contextlib.suppress(BrokenPipeError):
            self._orders.write(json.dumps(order).encode() + b"\n")

    def _read_end(self) -> None:
        report = self._reports.readline()
        if not report:
            raise _unavailable("The process group", self._keeper.wait())
        ended = json.loads(report)
        if ended["is_service"]:
            raise _unavailable(ended["name"], ended["code"])
        self._codes[ended["name"]] = ended["code"]


def _unavailable(name: str, code: int) -> Unavailable:
    return Unavailable(f"{name} has ended (exit code {code}); its output is above.")
