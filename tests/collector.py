"""An OTLP collector on loopback: a real server that reads what is sent to it as protobuf."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from threading import Event, Thread
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """What came in; spans as protobuf's JSON has them."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[dict[str, Any]]:
        """Every span, in the order of their arrival."""
        found = []
        for body in self.bodies:
            message = MessageToDict(ExportTraceServiceRequest.FromString(body))
            for resource in message["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    found += scope["spans"]
        return found


def attributes(span: dict[str, Any]) -> dict[str, str]:
    """The attributes of a span, as texts."""
    return {each["key"]: str(*each["value"].values()) for each in span["attributes"]}


@contextmanager
def a_collector() -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector()

    class Handler(_Quiet):
        def do_POST(self) -> None:
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

    with _serving(Handler) as collector.url:
        yield collector


@dataclass
class SilentCollector:
    """What becomes of calls that are not answered before they may be."""

    url: str = ""
    is_called: Event = field(default_factory=Event)
    is_given_up: Event = field(default_factory=Event)
    may_answer: Event = field(default_factory=Event)


@contextmanager
def a_silent_collector() -> Iterator[SilentCollector]:
    """A collector that takes all that is sent, and says nothing."""
    collector = SilentCollector()

    class Handler(_Quiet):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            collector.is_called.set()
            while not collector.may_answer.wait(0.02):
                if select([self.connection], [], [], 0)[0]:  # nothing but its end is to come
                    collector.is_given_up.set()
                    return
            self.send_response(200)
            self.end_headers()

    with _serving(Handler) as collector.url:
        yield collector


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    finally:
        server.shutdown()
        server.server_close()
