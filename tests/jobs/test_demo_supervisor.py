"""The supervisor with real processes; the product's commands are played by one small program."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from models.adapters.valkey import is_served, valkey_url
from tests.processes import eventually, is_alive

PLAYER = """
import http.server, json, os, pathlib, sys, time
command, *arguments = sys.argv[1:]
data = pathlib.Path(os.environ["BILLS_DATA_DIR"])
with open(data / "played", "a") as log:
    log.write(json.dumps([command, os.getpid(), os.getpgrp(), len(arguments)]) + "\\n")
if command == os.environ.get("PLAYER_FAILS"):
    sys.exit(3)
if command == "migrate":
    (data / "bills.sqlite3").touch()
if command == "demo-facts":
    print(json.dumps({
        "tokens": {"PARTNER_FINANCE": "aaa.bbb.ccc", "AUDITOR": "ddd.eee.fff"},
        "partners": [{"id": "prt_1", "name": "云岭"}],
        "queries": {"first": "{ viewer { subject } }"},
    }))
if command == "serve":
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
        def log_message(self, *_): ...
    port = int(arguments[arguments.index("--port") + 1])
    http.server.HTTPServer(("127.0.0.1", port), Page).serve_forever()
if command in ("worker", os.environ.get("PLAYER_HANGS")):
    time.sleep(60)
"""
STAGE = """
import os, sys
from datetime import date
from pathlib import Path
from jobs.demo.stage import Demo, Programs
from jobs.demo.supervisor import run_demo
from models.rules.errors import BillingError
data, player, port = sys.argv[1:]
program = (sys.executable, player)
demo = Demo("127.0.0.1", int(port), Path(data), 7, date(2026, 11, 2), 0,
            Programs(jobs=program, page=(*program, "page")))
def say(line):
    assert not (demo.data_dir / "demo.json").exists(), "the file comes last"
    print(line, flush=True)
try:
    run_demo(demo, os.environ, say)
except BillingError as refused:
    sys.exit(refused.message)
"""


class Stage:
    """Runs the supervisor as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.player = folder / "player.py"
        self.player.write_text(PLAYER)
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, port: int = 0, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", STAGE, str(self.data), str(self.player), str(port)],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def start_and_wait(self) -> subprocess.Popen[str]:
        process = self.start()
        assert eventually((self.data / "demo.json").exists, 40)
        assert eventually(lambda: "worker" in self.commands())
        return process

    def played(self) -> list[tuple[str, int, int, int]]:
        log = self.data / "played"
        return [tuple(json.loads(line)) for line in log.read_text().splitlines()]

    def commands(self) -> list[str]:
        return [command for command, *_ in self.played()]

    def pid_of(self, wanted: str) -> int:
        return next(pid for command, pid, *_ in reversed(self.played()) if command == wanted)

    def announced(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.data / "demo.json").read_text("utf-8"))
        return content

    def is_over(self) -> bool:
        """Neither the players run, nor the leader of their group, nor Valkey."""
        pids = {number for _, pid, group, _ in self.played() for number in (pid, group)}
        return not any(map(is_alive, pids - {os.getpgrp()})) and not is_served(
            valkey_url(self.data)
        )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    staged = Stage(tmp_path)
    yield staged
    for process in staged.processes:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def test_demo_fills_on_the_first_start_only_and_ends_on_ctrl_c(stage: Stage) -> None:
    process = stage.start_and_wait()
    assert sorted(stage.commands()[:2]) == ["migrate", "page"]
    assert stage.commands()[2:5] == ["register", "import", "demo-year"]
    assert sorted(stage.commands()[5:]) == ["demo-facts", "serve", "worker"]
    assert [count for command, _, _, count in stage.played() if command == "import"] == [1]
    assert not (stage.data / "input").exists()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "GraphiQL" in out
    assert "aaa.bbb.ccc" in out
    assert stage.is_over()
    assert not (stage.data / "demo.json").exists()

    (stage.data / "played").unlink()
    process = stage.start_and_wait()
    assert sorted(stage.commands()) == ["demo-facts", "page", "serve", "worker"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert stage.is_over()


def test_demo_fills_a_database_that_was_deleted_again(stage: Stage) -> None:
    process = stage.start_and_wait()
    process.send_signal(signal.SIGINT)
    process.wait(20)
    (stage.data / "played").unlink()
    (stage.data / "bills.sqlite3").unlink()
    stage.start_and_wait()
    assert {"migrate", "register", "import", "demo-year"} < set(stage.commands())


def test_demo_announces_itself_to_scripts(stage: Stage) -> None:
    stage.start_and_wait()
    announced = stage.announced()
    assert announced.pop("url").startswith("http://127.0.0.1:")
    assert announced == {
        "graphql": stage.announced()["url"] + "/graphql",
        "tokens": {"PARTNER_FINANCE": "aaa.bbb.ccc", "AUDITOR": "ddd.eee.fff"},
        "partners": [{"id": "prt_1", "name": "云岭"}],
        "queries": {"first": "{ viewer { subject } }"},
    }
    assert (stage.data / "demo.json").stat().st_mode & 0o777 == 0o600


def test_demo_that_is_killed_leaves_no_process(stage: Stage) -> None:
    process = stage.start_and_wait()
    process.kill()
    process.wait()
    assert eventually(stage.is_over)


@pytest.mark.parametrize("victim", ["serve", "worker"])
def test_demo_ends_with_any_of_its_processes(stage: Stage, victim: str) -> None:
    process = stage.start_and_wait()
    os.kill(stage.pid_of(victim), signal.SIGKILL)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert (
        err
        == f"The {victim.replace('serve', 'API')} has ended (exit code -9); its output is above.\n"
    )
    assert stage.is_over()


def test_demo_interrupted_while_it_fills_begins_again(stage: Stage) -> None:
    process = stage.start(PLAYER_HANGS="import")
    assert eventually(lambda: stage.data.joinpath("played").exists(), 20)
    assert eventually(lambda: "import" in stage.commands(), 20)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert stage.is_over()
    assert not (stage.data / "demo.json").exists()
    (stage.data / "played").unlink()
    stage.start_and_wait()
    assert {"register", "import", "demo-year"} < set(stage.commands())


def test_demo_says_which_step_has_failed(stage: Stage) -> None:
    process = stage.start(PLAYER_FAILS="register")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err == "`register` has failed (exit code 3); its output is above.\n"
    assert stage.is_over()


def test_demo_refuses_a_port_that_is_taken(stage: Stage) -> None:
    stage.start_and_wait()
    port = stage.announced()["url"].rpartition(":")[2]
    second = stage.start(port=int(port))
    _, err = second.communicate(timeout=20)
    assert second.returncode == 1
    assert err == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        "choose another with --port, or 0 for any that is free.\n"
    )
    assert (stage.data / "demo.json").exists()


def test_demo_takes_over_a_valkey_that_was_left_behind(stage: Stage) -> None:
    process = stage.start_and_wait()
    keeper = os.getpgid(stage.pid_of("worker"))
    process.send_signal(signal.SIGSTOP)
    for victim in (keeper, stage.pid_of("serve"), stage.pid_of("worker"), process.pid):
        os.kill(victim, signal.SIGKILL)
    process.wait()
    assert is_served(valkey_url(stage.data))
    (stage.data / "demo.json").unlink()
    process = stage.start_and_wait()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert eventually(lambda: not is_served(valkey_url(stage.data)))
