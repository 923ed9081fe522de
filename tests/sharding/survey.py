"""Every statement that the product runs, and which of its functions ran it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.adapters.database import Database, Tx

ROOT = Path(__file__).parents[2]
# What stands between a function and the database.
_BETWEEN = {"models/adapters/database.py", "tests/sharding/survey.py"}

Seen = dict[tuple[str, str], list[Any]]


class _Listener(logging.Handler):
    """The statements of the object mapper, which tells them to its log."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(logging.DEBUG)
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        args = record.args if isinstance(record.args, tuple) else ()
        if args and isinstance(args[0], str):
            note(self._seen, args[0])


def note(seen: Seen, sql: str, *values: Any) -> None:
    """Write a statement down, unless a test ran it."""
    by = _caller()
    if by:
        seen.setdefault((by, sql), list(values))


def _caller() -> str:
    """The function of the product that runs the statement; empty for a test."""
    frame = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if name and not name.startswith(".venv") and name not in _BETWEEN:
            return "" if name.startswith("tests/") else f"{name}:{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


@contextmanager
def surveyed(patched: pytest.MonkeyPatch) -> Iterator[Seen]:
    """What is run while the block lasts, by who ran it and what it was."""
    seen: Seen = {}
    for owner, names in (
        (Database, ("fetch", "fetch_shared", "stream")),
        (Tx, ("fetch", "execute")),
    ):
        for name in names:
            patched.setattr(owner, name, _noting(seen, getattr(owner, name)))
    log, listener = logging.getLogger("tortoise.db_client"), _Listener(seen)
    before = log.level, log.propagate
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(listener)
    try:
        yield seen
    finally:
        log.removeHandler(listener)
        log.level, log.propagate = before


def _noting(seen: Seen, runs: Any) -> Any:
    def run(self: Any, sql: str, *values: Any, **options: Any) -> Any:
        note(seen, sql, *values)
        return runs(self, sql, *values, **options)

    return run
