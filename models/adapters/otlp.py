"""OpenTelemetry's side of tracing: loaded only where a collector is set."""

import asyncio

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from models.adapters.tracing import Span

SERVICE = "partner-bills"
_SEND_SECONDS = 3


class OtlpTracing:
    """Tells spans to whatever a provider sends them to."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE)
        self._context = TraceContextTextMapPropagator()

    def tell(self, span: Span) -> None:
        """Send a span; a parent that cannot be read is none."""
        told = self._tracer.start_span(
            span.name,
            self._context.extract({"traceparent": span.parent}) if span.parent else None,
            SpanKind[span.kind],
            dict(span.attributes),
            start_time=span.began,
        )
        if span.has_failed:
            told.set_status(StatusCode.ERROR)
        told.end(span.ended)

    async def close(self) -> None:
        """Send what is left, and end."""
        await asyncio.to_thread(self._provider.shutdown)


def collector(url: str) -> TracerProvider:
    """A provider that sends to an OTLP collector, in batches and in a thread of its own."""
    resource = Resource.create({"service.name": SERVICE})
    # Closed by us, in the order in which everything is, not by a handler at the very end.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(url, timeout=_SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
