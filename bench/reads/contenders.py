"""Who is measured, and how each is started: one process, on a port of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.reads.installing import SOURCES, installed, node
from bench.reads.questions import OURS, PLAIN, TABLES, Routes, Spelling

ROOT = Path(__file__).parent.parent.parent
SECRET = "a secret of the bench that everyone is told"


@dataclass(frozen=True, slots=True)
class Start:
    """How to start a server; `environment` is added to this process's."""

    command: list[str]
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contender:
    """A server: `name` as in figures, `title` for people."""

    name: str
    title: str
    spelling: Spelling | Routes
    start: Callable[[int], Start]


class Running:
    """A server at work, on one database."""

    def __init__(self, contender: Contender, url: str, folder: Path) -> None:
        self.contender, self.port = contender, free_port()
        self._log = folder / f"{contender.name}-{self.port}.log"
        start = contender.start(self.port)
        environment = {
            **os.environ,
            "BILLS_DATABASE_URL": url,
            "BILLS_DATA_DIR": str(folder),
            "BILLS_SECRET": SECRET,
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "PORT": str(self.port),
            **start.environment,
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                start.command, cwd=start.folder, env=environment, stdout=log, stderr=log
            )

    def require(self) -> None:
        """Raise SystemExit with its log unless it runs."""
        if self.process.poll() is not None:
            raise SystemExit(f"{self.contender.title} has ended:\n{self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End it, gently first."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ours(port: int) -> Start:
    """Every answer is read anew, as everyone else does it."""
    return _keeping(port, "0")


def _kept(port: int) -> Start:
    return _keeping(port, str(32 * 2**20))


def _keeping(port: int, kept_bytes: str) -> Start:
    command = [sys.executable, "-m", "jobs", "serve", "--port", str(port)]
    # A budget that nobody uses up, and that is counted all the same.
    budget = {"BILLS_COST_PER_MINUTE": str(10**15)}
    return Start(command, ROOT, {"BILLS_KEPT_ANSWERS_BYTES": kept_bytes, **budget})


def _limit(port: int) -> Start:
    return Start([sys.executable, *_uvicorn(port), "bench.reads.limit:app"], ROOT, {})


def _node_peer(name: str) -> Callable[[int], Start]:
    def start(_port: int) -> Start:
        folder = installed(name)
        return Start([str(node(folder)), "server.js"], folder, {})

    return start


def _python_peer(name: str) -> Callable[[int], Start]:
    def start(port: int) -> Start:
        folder = installed(name)
        python = str(folder / "venv" / "bin" / "python")
        shared = {"PYTHONPATH": str(SOURCES / "shared")}
        return Start([python, *_uvicorn(port), "server:app"], folder, shared)

    return start


def _uvicorn(port: int) -> list[str]:
    fast = ["--http", "httptools", "--loop", "uvloop", "--no-access-log"]
    return ["-m", "uvicorn", "--port", str(port), "--log-level", "warning", *fast]


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ours", "Partner Bills", OURS, _ours),
        Contender("kept", "Partner Bills, answers kept", OURS, _kept),
        Contender("limit", "hand-written route and SQL", Routes(), _limit),
        Contender("mercurius", "Mercurius with JIT", PLAIN, _node_peer("mercurius")),
        Contender("postgraphile", "PostGraphile 5", TABLES, _node_peer("postgraphile")),
        Contender("strawberry", "Strawberry, best practice", PLAIN, _python_peer("strawberry")),
        Contender("ariadne", "Ariadne, best practice", PLAIN, _python_peer("ariadne")),
    )
}
PEERS = ("mercurius", "postgraphile", "strawberry", "ariadne")
