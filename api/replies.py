"""Responses of the GraphQL endpoint: whole bodies, said to the server in two messages."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from api.answers import Answer
from api.errors import refusal_body
from api.head import Head
from api.status import http_headers, http_status
from models.rules.errors import BillingError, ErrorCode, RateLimited

_GRAPHQL_JSON = b"application/graphql-response+json"
_OLDER = (b"content-type", b"application/json; charset=utf-8")
_NEWER = (b"content-type", _GRAPHQL_JSON + b"; charset=utf-8")
_NO_STORE = (b"cache-control", b"no-store")
# Whoever keeps it asks each time whether it still holds; and it is one user's alone.
_ASK_AGAIN = (b"cache-control", b"private, no-cache")
_VARY = (b"vary", b"Accept, Authorization")
# GraphQL over HTTP: under the older media type what is wrong with a document comes with 200.
_OF_DOCUMENT = {
    ErrorCode.SYNTAX_ERROR,
    ErrorCode.VALIDATION_FAILED,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND,
}


@dataclass(slots=True)
class Reply:
    """A body of a known length; `headers` are complete but for that length."""

    body: bytes
    status: int
    headers: list[tuple[bytes, bytes]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        length = (b"content-length", b"%d" % len(self.body))
        headers = [*self.headers, length]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def answer_reply(head: Head, body: bytes, outage: ErrorCode | None = None) -> Reply:
    """An answer that holds now; with an `outage`, what there is of it."""
    if outage is None:
        return Reply(body, 200, [_content_type(head), _NO_STORE])
    headers = [_content_type(head), _NO_STORE, *_headers(outage)]
    return Reply(body, http_status(outage), headers)


def lasting_reply(head: Head, answer: Answer) -> Reply:
    """An answer that may be asked for again by its tag; only its tag for whoever has it."""
    headers = [(b"etag", answer.tag), _ASK_AGAIN, _VARY]
    if _has(head, answer.tag):
        return Reply(b"", 304, headers)
    return Reply(answer.body, 200, [_content_type(head), *headers])


def refusal_reply(head: Head, refused: BillingError) -> Reply:
    """An answer that is nothing but a refusal."""
    reply = failure_reply(head, refused.code, refusal_body(refused))
    if isinstance(refused, RateLimited):
        reply.headers.append((b"retry-after", b"%d" % refused.seconds))
    return reply


def failure_reply(head: Head, code: ErrorCode, body: dict[str, Any]) -> Reply:
    """An answer that is nothing but errors."""
    content_type = _content_type(head)
    status = 200 if content_type is _OLDER and code in _OF_DOCUMENT else http_status(code)
    return Reply(orjson.dumps(body), status, [content_type, _NO_STORE, *_headers(code)])


def _headers(code: ErrorCode) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), text.encode()) for name, text in http_headers(code).items()]


def _content_type(head: Head) -> tuple[bytes, bytes]:
    """The newer media type where the client names it, else the one that every client reads."""
    return _NEWER if _GRAPHQL_JSON in head.get(b"accept", b"") else _OLDER


def _has(head: Head, tag: bytes) -> bool:
    sent = head.get(b"if-none-match")
    if sent is None:
        return False
    return sent == tag or tag in [one.strip().removeprefix(b"W/") for one in sent.split(b",")]
