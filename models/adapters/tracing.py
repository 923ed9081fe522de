"""Spans for OpenTelemetry, sent by OTLP; nothing of it is loaded while no collector is set.

A span is told once its time is over, of what is known then. It holds what we say and nothing else:
no argument, no value, no text of an error.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from models.rules.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Span:
    """A request or a job that is over; times in nanoseconds since 1970.

    `parent` is the `traceparent` that came with it, if any (W3C Trace Context).
    """

    name: str
    kind: Literal["SERVER", "CONSUMER"]
    began: int
    ended: int
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    has_failed: bool = False
    parent: str = ""


class Tracing(Protocol):
    """Where spans go."""

    def tell(self, span: Span) -> None:
        """Send a span, some time soon and off this thread."""

    async def close(self) -> None:
        """Send what is left, and end; takes a few seconds at most."""


def open_tracing(url: str) -> Tracing | None:
    """Tracing to the OTLP collector at `url`, such as http://collector:4318/v1/traces; None for "".

    What else OpenTelemetry's own variables say holds (OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_TRACES_SAMPLER …). Raises InvalidInput where the packages of the extra are not installed.
    """
    if not url:
        return None
    try:
        from models.adapters.otlp import OtlpTracing, collector  # noqa: PLC0415
    except ImportError as absent:
        raise InvalidInput(
            "BILLS_TRACES_URL needs the extra `otel`: install partner-bills[otel]."
        ) from absent
    return OtlpTracing(collector(url))


@asynccontextmanager
async def closing_tracing(tracing: Tracing | None) -> AsyncIterator[None]:
    """Close it at the end, where there is any."""
    try:
        yield
    finally:
        if tracing:
            await tracing.close()
