"""Logs: one JSON object a line, for machines; never the values that an error happened to touch.

Lines of a request carry its `request_id`, those of a job `job`, `kind` and `run`. The text of an
unexpected error repeats what the code was given: a name, a key, a whole row. So an error is logged
by its types and frames, whoever logs it, and its text is dropped.
"""

import copy
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TypeAlias

import structlog
from structlog.stdlib import ProcessorFormatter

EventDict: TypeAlias = MutableMapping[str, Any]

# The loggers of uvicorn that may have handlers of their own.
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure_logs() -> None:
    """Send structlog's and the libraries' records to standard error, without the text of errors."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_text,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up for each line: somebody may have put another in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(shared)


def _configure_libraries(shared: "list[structlog.typing.Processor]") -> None:
    formatter = _LibraryFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    # Left alone where somebody has set up handlers already.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _UVICORN:
        for theirs in logging.getLogger(name).handlers:
            theirs.setFormatter(formatter)
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    # What these say at INFO and DEBUG includes statements with their values, and job arguments.
    for name in ("arq", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _LibraryFormatter(ProcessorFormatter):
    """A library's record in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        told = copy.copy(record)
        told.msg, told.args = _message(record), ()
        return super().format(told)


def _message(record: logging.LogRecord) -> str:
    """What a library says: of an error that it says it with, the type only.

    Of asyncio's text the first line, as it goes on with the error's.
    """
    args = record.args
    if isinstance(args, tuple):
        args = tuple(type(a).__name__ if isinstance(a, BaseException) else a for a in args)
    message = str(record.msg) % args if args else str(record.msg)
    return message.partition("\n")[0] if record.name == "asyncio" else message.strip()


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


def _without_text(_logger: object, _method: str, event: EventDict) -> EventDict:
    failure = event.pop("exc_info", None)
    if isinstance(failure, tuple):
        failure = failure[1]
    elif failure and not isinstance(failure, BaseException):
        failure = sys.exc_info()[1]
    if isinstance(failure, BaseException):
        event["type"] = type(failure).__name__
        event["frames"] = frames_of(failure)
    return event
