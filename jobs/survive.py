"""Going on, and coming to an end: what every task of the worker needs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

PATIENCE_SECONDS = 1

log = structlog.get_logger()


async def survive(event: str, step: Callable[..., Awaitable[None]], *values: object) -> None:
    """Run a step of the worker; whatever it meets is logged as `event`, and the worker goes on.

    The one place where any error at all is caught. Only its type is logged: the text of an
    unexpected error may hold personal data.
    """
    try:
        await step(*values)
    except Exception as failure:
        log.error(event, error=type(failure).__name__)


async def end(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended.

    Once is not enough: up to Python 3.11, `asyncio.wait_for`, which the Redis client is built on,
    forgets a cancellation that arrives in the moment of its success.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
