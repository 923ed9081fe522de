"""Logs: one JSON object a line, for machines; never the values that an error happened to touch."""

import logging
import sys

import structlog


def configure_logs() -> None:
    """Send structlog's and the libraries' records to standard error.

    A traceback names files and lines only: local variables hold names, tokens and amounts.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What these say at INFO and DEBUG includes statements with their values, and job arguments.
    for name in ("arq", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
