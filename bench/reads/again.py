"""A confirmed bill asked again and again: by GET, as a persisted document, with its ETag.

The protocol is that of automatic persisted queries: the document goes along once, by POST, and
then its hash stands for it. A server that does not answer so has no figures here.
"""

from dataclasses import replace
from hashlib import sha256
from statistics import median
from urllib.parse import urlencode

import orjson

from bench.reads.client import Asked, Client, Load
from bench.reads.figures import C16
from bench.reads.load import Order
from bench.reads.questions import OURS, Call, Page


def asked_again(client: Client, load: Load, bill: Asked, *, seconds: float) -> dict[str, float]:
    """Requests per second: `kept` for whole answers, `unchanged` for those with status 304."""
    fetch = _by_hash(client, bill)
    response, body = client.ask(fetch)
    tag = response.headers.get("ETag")
    if response.status != 200 or not tag:
        return {}
    orders = {"kept": _order(client, fetch, seconds, (200, len(body)))}
    unchanged = replace(fetch, headers=(("If-None-Match", tag),))
    if client.ask(unchanged)[0].status == 304:
        orders["unchanged"] = _order(client, unchanged, seconds, (304, 0))
    return {name: _per_second(load, order) for name, order in orders.items()}


def _by_hash(client: Client, bill: Asked) -> Asked:
    """Register the document, and how to ask for it then."""
    body = orjson.loads(bill.call.body)
    digest = sha256(OURS.document(Page.Q3).encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    first = Call("POST", bill.call.path, orjson.dumps({**body, "extensions": extensions}))
    client.ask(replace(bill, call=first))
    sent = {"variables": body["variables"], "extensions": extensions}
    query = urlencode({name: orjson.dumps(value).decode() for name, value in sent.items()})
    return replace(bill, call=Call("GET", f"{bill.call.path}?{query}"))


def _order(client: Client, asked: Asked, seconds: float, expected: tuple[int, int]) -> Order:
    status, length = expected
    text = asked.text(client.port)
    return Order(client.port, C16, seconds, 3 * C16, 0, [text], [length], status)


def _per_second(load: Load, order: Order) -> float:
    runs = [load.run(order) for _ in range(3)]
    return median(run.requests / run.seconds for run in runs)
