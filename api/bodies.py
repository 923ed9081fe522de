"""The body of a request: whole, and within a size and a time."""

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any

from starlette.types import Message, Receive

from models.rules.errors import ErrorCode, InvalidInput

MAX_BODY_BYTES = 100_000
MAX_BODY_SECONDS = 10.0


async def read_body(receive: Receive, seconds: float = MAX_BODY_SECONDS) -> bytes:
    """The whole body; raises InvalidInput: BODY_TOO_LARGE, REQUEST_TIMEOUT, BAD_REQUEST."""
    begun = _Begun(receive())
    # Most bodies are there when they are asked for: only others are waited for, against time.
    if begun.message and not begun.message.get("more_body"):
        return _checked(b"", begun.message)
    try:
        async with asyncio.timeout(seconds):
            return await _read(begun, receive)
    except TimeoutError as slow:
        raise InvalidInput(
            f"The body did not arrive within {seconds:g} seconds.", ErrorCode.REQUEST_TIMEOUT
        ) from slow


async def _read(begun: "_Begun", receive: Receive) -> bytes:
    message = await begun
    body = _checked(b"", message)
    while message.get("more_body"):
        message = await receive()
        body = _checked(body, message)
    return body


def _checked(body: bytes, message: Message) -> bytes:
    """What has come so far, with one message more."""
    if message["type"] == "http.disconnect":
        raise InvalidInput("The connection ended before the body did.", ErrorCode.BAD_REQUEST)
    body += message.get("body", b"")
    if len(body) > MAX_BODY_BYTES:
        raise InvalidInput(
            f"The body has {len(body)} bytes or more; the limit is {MAX_BODY_BYTES}.",
            ErrorCode.BODY_TOO_LARGE,
        )
    return body


class _Begun:
    """A message that is asked for, run as far as its first wait, to be awaited from there."""

    def __init__(self, asked: Awaitable[Message]) -> None:
        self.message: Message | None = None
        self._steps: Generator[Any, Any, Message] = asked.__await__()
        try:
            self._waits_for = next(self._steps)
        except StopIteration as here:
            self.message = here.value

    def __await__(self) -> Generator[Any, Any, Message]:
        if self.message is not None:
            return self.message
        try:
            yield self._waits_for
        except BaseException:
            self._steps.close()
            raise
        return (yield from self._steps)
