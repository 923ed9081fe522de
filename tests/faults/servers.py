"""The servers beneath an installation, held so that they can be stopped, killed and stalled."""

import os
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
from redis import Redis

from models.adapters.valkey import valkey_url
from tests.processes import eventually, is_alive
from tests.valkeys import embedded_valkey

START_ATTEMPTS = 5  # of ten seconds


class Valkey:
    """The embedded Valkey of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._served = ExitStack()
        self._pid = 0
        self.url = valkey_url(folder)

    def start(self) -> None:
        """Serve, with whatever was kept."""
        self._served.enter_context(embedded_valkey(self._folder))
        with Redis.from_url(self.url) as client:
            self._pid = int(client.info("server")["process_id"])

    def kill(self) -> None:
        """End it at once, as -9 does."""
        os.kill(self._pid, signal.SIGKILL)
        self._served.close()

    def stall(self) -> None:
        """Let it take connections and answer nothing."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it answer again."""
        os.kill(self._pid, signal.SIGCONT)

    def flush(self) -> None:
        """Forget everything."""
        with Redis.from_url(self.url, socket_timeout=10) as client:
            client.flushall()

    def close(self) -> None:
        """End it."""
        self._served.close()


class Postgres:
    """A PostgreSQL server that can go away and come back."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: every connection is cut, nothing is written any more."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT)
        assert eventually(lambda: not is_alive(pid), 30), "PostgreSQL did not end"

    def stall(self) -> None:
        """Let the server and all its processes stand still."""
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        """Let them go on."""
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        server = psutil.Process(self._server.get_pid())
        return [server, *server.children(recursive=True)]

    def start(self) -> None:
        """Serve again, after recovery, which a busy machine may take its time for."""
        for attempts_left in reversed(range(START_ATTEMPTS)):
            try:
                self._server.ensure_postgres_running()
                return
            except subprocess.SubprocessError:
                if not attempts_left:
                    raise
