import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from models.adapters.process_group import ProcessGroup
from models.adapters.valkey import (
    end_if_unused,
    is_served,
    serve_valkey,
    valkey_url,
)
from models.rules.errors import Unavailable
from tests.processes import eventually, is_alive
from tests.valkeys import embedded_valkey

HOLDER = """
import sys, time
from pathlib import Path
from tests.valkeys import embedded_valkey
with embedded_valkey(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


def server_pid(url: str) -> int:
    with Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def test_valkey_keeps_what_was_written_across_a_restart(tmp_path: Path) -> None:
    with embedded_valkey(tmp_path) as url, Redis.from_url(url) as client:
        client.set("key", "value")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert not is_served(url)
    with embedded_valkey(tmp_path) as url, Redis.from_url(url) as client:
        assert client.get("key") == b"value"


def test_valkey_that_answers_is_reused_and_outlives_the_second_user(tmp_path: Path) -> None:
    with embedded_valkey(tmp_path) as first:
        pid = server_pid(first)
        with embedded_valkey(tmp_path) as second:
            assert second == first
            assert server_pid(second) == pid
        assert server_pid(first) == pid


def test_valkey_of_a_long_or_odd_path_has_a_short_address(tmp_path: Path) -> None:
    for name in ("x" * 120, "a b%20 ü"):
        data = tmp_path / name
        with embedded_valkey(data) as url:
            assert len(url) < 100
            assert url.isascii()
            assert is_served(valkey_url(data))
        assert (data / "valkey" / "appendonlydir").is_dir()


def test_valkey_ends_with_a_killed_parent(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        pid = server_pid(valkey_url(tmp_path))
        holder.kill()
    assert eventually(lambda: not is_alive(pid))


def test_valkey_ends_with_its_killed_keeper(tmp_path: Path) -> None:
    with ProcessGroup(os.environ) as group:
        pid = server_pid(serve_valkey(group, tmp_path))
        os.kill(os.getpgid(pid), signal.SIGKILL)
        with pytest.raises(Unavailable, match="The process group has ended"):
            group.pause(10)
    assert eventually(lambda: not is_alive(pid))


def test_valkey_that_dies_is_reported(tmp_path: Path) -> None:
    with ProcessGroup(os.environ) as group:
        os.kill(server_pid(serve_valkey(group, tmp_path)), signal.SIGKILL)
        with pytest.raises(Unavailable, match=r"Valkey has ended \(exit code -9\)"):
            group.pause(10)


def test_valkey_left_behind_is_ended_unless_someone_uses_it(tmp_path: Path) -> None:
    with embedded_valkey(tmp_path) as url:
        with Redis.from_url(url) as someone:
            someone.ping()
            end_if_unused(url)
            assert someone.ping()
        pid = server_pid(url)
        end_if_unused(url)
        assert eventually(lambda: not is_alive(pid))
    end_if_unused(url)
