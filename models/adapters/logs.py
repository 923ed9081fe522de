"""Logs: one JSON object a line, for machines; never the values that an error happened to touch.

The text of an unexpected error repeats what the code was given: a name, a key, a whole row. So an
error is logged by its type and its frames, whoever logs it, and its text is dropped.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog

# The loggers of uvicorn that have handlers of their own.
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure_logs() -> None:
    """Send structlog's and the libraries' records to standard error, without the text of errors."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_text,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What these say at INFO and DEBUG includes statements with their values, and job arguments.
    for name in ("arq", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in _library_handlers():
        handler.setFormatter(_LibraryFormatter())


def _library_handlers() -> Iterator[logging.Handler]:
    if logging.lastResort is not None:  # of records for which nobody has set up anything
        yield logging.lastResort
    for name in _UVICORN:
        yield from logging.getLogger(name).handlers


def frames_of(failure: BaseException) -> str:
    """Where an error came from, and what it was raised from: files, lines and types, oldest first.

    Lines of source code are no values.
    """
    chain: list[BaseException] = []
    here: BaseException | None = failure
    while here is not None and here not in chain:
        chain.append(here)
        here = here.__cause__ or (None if here.__suppress_context__ else here.__context__)
    return "\n".join(
        "".join(traceback.format_tb(each.__traceback__)) + type(each).__qualname__
        for each in reversed(chain)
    )


def _without_text(_logger: Any, _method: str, event: Any) -> Any:
    failure = event.pop("exc_info", None)
    if isinstance(failure, BaseException):
        event |= {"type": type(failure).__name__, "frames": frames_of(failure)}
    return event


def _message(record: logging.LogRecord) -> str:
    """What a library says; of an error that it says it with, the type only."""
    args = record.args
    if isinstance(args, tuple):
        args = tuple(type(a).__name__ if isinstance(a, BaseException) else a for a in args)
    return str(record.msg) % args if args else str(record.msg)


class _LibraryFormatter(logging.Formatter):
    """A record of a library in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object; asyncio's first line only, as it goes on with the error's text."""
        message = _message(record)
        event: dict[str, Any] = {
            "event": message.partition("\n")[0] if record.name == "asyncio" else message.strip(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "exc_info": (record.exc_info or (None, None))[1],
        }
        return json.dumps(_without_text(None, "", event), ensure_ascii=False)
