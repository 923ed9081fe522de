"""A Valkey of a test's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.adapters.process_group import ProcessGroup
from models.adapters.valkey import serve_valkey


@contextmanager
def embedded_valkey(data_dir: Path) -> Iterator[str]:
    """Serve Valkey while the block runs, in a group of its own; gives its address."""
    with ProcessGroup(os.environ) as group:
        yield serve_valkey(group, data_dir)
