import os
import signal
import sys
import time
from pathlib import Path

import pytest

from models.adapters.process_group import ProcessGroup
from models.rules.errors import Unavailable
from tests.processes import eventually, is_alive

NOTE = "import os, pathlib, sys; note = pathlib.Path(sys.argv[1]); "
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
SLEEP = "import time; time.sleep(60)"
WAIT = "note.write_text(str(os.getpid())); " + SLEEP
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]]); "


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def noted(path: Path) -> int:
    assert eventually(lambda: path.exists() and path.read_text() != "", 20)
    return int(path.read_text())


def test_group_runs_steps_side_by_side_to_their_exit_codes() -> None:
    with ProcessGroup(os.environ) as group:
        group.begin("fine", python(""))
        group.begin("not fine", python("import sys; sys.exit(3)"))
        group.begin("unknown", ["/no/such/program"])
        assert [group.wait(name) for name in ("unknown", "not fine", "fine")] == [127, 3, 0]


def test_group_processes_have_the_environment_and_no_input(tmp_path: Path) -> None:
    code = NOTE + "note.write_text(os.environ['WORD'] + repr(sys.stdin.read()))"
    with ProcessGroup({**os.environ, "WORD": "given"}) as group:
        group.begin("step", python(code, str(tmp_path / "note")))
        assert group.wait("step") == 0
    assert (tmp_path / "note").read_text() == "given''"


def test_group_ends_when_a_service_ends_during_a_step(tmp_path: Path) -> None:
    with ProcessGroup(os.environ) as group:
        wait = "import time\nwhile not note.exists(): time.sleep(0.01)\nsys.exit(5)"
        group.serve("short", python(f"{NOTE}\n{wait}", str(tmp_path / "long")))
        group.begin("long", python(NOTE + WAIT, str(tmp_path / "long")))
        with pytest.raises(Unavailable, match=r"short has ended \(exit code 5\)"):
            group.wait("long")
        assert eventually(lambda: not is_alive(noted(tmp_path / "long")))


def test_group_kills_what_ignores_the_request_to_end(tmp_path: Path) -> None:
    group = ProcessGroup(os.environ, grace_seconds=0.2)
    group.serve("stubborn", python(STUBBORN + NOTE + WAIT, str(tmp_path / "pid")))
    pid = noted(tmp_path / "pid")
    began = time.monotonic()
    group.close()
    group.close()
    assert time.monotonic() - began < 5
    assert eventually(lambda: not is_alive(pid))


def test_group_kills_processes_that_its_processes_started(tmp_path: Path) -> None:
    child = (STUBBORN + NOTE + WAIT, str(tmp_path / "pid"))
    with ProcessGroup(os.environ) as group:
        group.serve("parent", python(PARENT + SLEEP, *child))
        pid = noted(tmp_path / "pid")
    assert eventually(lambda: not is_alive(pid))


def test_group_ends_by_sigterm_to_its_keeper(tmp_path: Path) -> None:
    with ProcessGroup(os.environ) as group:
        group.serve("one", python(NOTE + WAIT, str(tmp_path / "pid")))
        pid = noted(tmp_path / "pid")
        keeper = os.getpgid(pid)
        os.kill(keeper, signal.SIGINT)
        group.pause(0.2)
        assert is_alive(pid)
        os.kill(keeper, signal.SIGTERM)
        with pytest.raises(Unavailable, match="The process group has ended"):
            group.pause(10)
    assert not is_alive(pid)
