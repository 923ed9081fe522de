"""The last resort of a process that was told to end: whatever hangs, it is gone in time.

Orchestrators kill after 30 seconds. A process that goes by itself a moment before says so; for what
was under way it is the same as any kill: what was committed has happened, and nothing else has.
"""

import os
import threading

import structlog

GONE_SECONDS = 29.0

log = structlog.get_logger()


def be_gone_in_time(seconds: float = GONE_SECONDS) -> None:
    """End this process that long from now, unless it has ended by then."""
    timer = threading.Timer(seconds, _go)
    timer.daemon = True
    timer.start()


def _go() -> None:
    log.error("exit_overdue", threads=threading.active_count())
    os._exit(1)
