"""Connections whose client has not said who it is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

WAITING = 200


class Strangers:
    """At most `WAITING` of them in this process; for one more, the one that came first leaves.

    Whoever introduces itself does so within a moment, and is none any more. So a flood of silent
    connections ends itself, and shuts nobody else out.
    """

    def __init__(self) -> None:
        self._leaving: dict[asyncio.Event, None] = {}

    @property
    def waiting(self) -> int:
        """How many there are."""
        return len(self._leaving)

    @contextmanager
    def come(self) -> Iterator[asyncio.Event]:
        """Be one while the block runs, or until `introduce`; the event is set when it has to go."""
        leaving = asyncio.Event()
        self._leaving[leaving] = None
        if len(self._leaving) > WAITING:
            first = next(iter(self._leaving))
            del self._leaving[first]
            first.set()
        try:
            yield leaving
        finally:
            self._leaving.pop(leaving, None)

    def introduce(self, leaving: asyncio.Event) -> None:
        """It is no stranger any more."""
        self._leaving.pop(leaving, None)
