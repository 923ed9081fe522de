"""Logs: one JSON object a line, for machines; never the values that an error happened to touch.

Lines of a request carry its `request_id`, those of a job `job`, `kind` and `run`.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TypeAlias

import structlog
from structlog.stdlib import ProcessorFormatter

EventDict: TypeAlias = MutableMapping[str, Any]


def configure_logs() -> None:
    """Send structlog's and the libraries' records to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        frames_only,
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    # Left alone where somebody has set up handlers already.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    # What these say at INFO and DEBUG includes statements with their values, and job arguments.
    for name in ("arq", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def frames_only(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A traceback as types, files and lines.

    The text of an unexpected error quotes values: a database names the row that was in the way.
    Local variables hold names, tokens and amounts.
    """
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif error and not isinstance(error, BaseException):
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = "\ncaused by ".join(map(_frames, _chain(error)))
    return event


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _frames(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{name}\n{''.join(traceback.format_tb(error.__traceback__))}".rstrip()
