"""What is asked again: measured where a server offers it, left out where it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import orjson

from bench.reads.again import asked_again
from bench.reads.client import Asked, Client
from bench.reads.load import Order, Result
from bench.reads.questions import OURS, Page

BILL = Asked(OURS.call(Page.Q3, 1), "a-token")


class Kept(BaseHTTPRequestHandler):
    """Answers persisted documents once they were sent along, with an ETag."""

    protocol_version = "HTTP/1.1"
    offers = True
    documents: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        """Take a document."""
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.documents.add(body["extensions"]["persistedQuery"]["sha256Hash"])
        self._answer(200, b'{"data":{}}')

    def do_GET(self) -> None:
        """Answer by hash."""
        known = any(digest in self.path for digest in self.documents)
        if not self.offers or not known or self.headers["Authorization"] != "Bearer a-token":
            self._answer(405, b"no")
        elif self.headers["If-None-Match"] == '"v1"':
            self._answer(304, b"")
        else:
            self._answer(200, b'{"data":{"bill":{}}}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class Noted:
    """Takes orders down instead of carrying them out."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def run(self, order: Order) -> Result:
        """As many requests a second as there are orders so far."""
        self.orders.append(order)
        return Result(len(self.orders), 1.0, 1.0, 1.0, 0.1)


@contextmanager
def _serving(handler: type[Kept]) -> Iterator[Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = Client(SimpleNamespace(port=server.server_port))
        yield client
        client.close()
        server.shutdown()


def test_whole_answers_and_unchanged_ones_are_measured() -> None:
    load = Noted()
    with _serving(Kept) as client:
        assert asked_again(client, load, BILL, seconds=0.1) == {"kept": 2.0, "unchanged": 5.0}
    statuses = [(order.status, order.lengths) for order in load.orders]
    assert statuses == [(200, [20])] * 3 + [(304, [0])] * 3
    assert all(request.startswith("GET /graphql?") for request in load.orders[0].requests)
    assert 'If-None-Match: "v1"' in load.orders[-1].requests[0]


def test_a_server_that_keeps_nothing_has_no_figures() -> None:
    load = Noted()
    with _serving(type("Forgetful", (Kept,), {"offers": False})) as client:
        assert asked_again(client, load, BILL, seconds=0.1) == {}
    assert load.orders == []
