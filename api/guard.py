"""What is refused before GraphQL sees it: method, origin, media type and shape."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from api.bodies import read_body
from api.head import Head, text
from models.rules.errors import ErrorCode, Forbidden, InvalidInput

READING = frozenset({"GET", "HEAD"})
MAX_JSON_DEPTH = 40
MAX_PARAMETERS = 10
# A request with more values than a page's variables are takes its time to be checked.
MANY_VALUES = 500
IN_JSON = ("variables", "extensions")

_ORIGIN = re.compile(r"(https?)://([a-z0-9.:_\[\]-]+)")
_SHA256 = re.compile("[0-9a-f]{64}")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A request of the right shape; nothing in it has been parsed or believed yet.

    It has a document, or the hash of one that is known by it, or both.
    """

    query: str | None
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    sha256: str | None = None  # 64 lower-case hexadecimal digits
    is_large: bool = False  # it has many values


async def read_asked(
    scope: Scope, head: Head, receive: Receive, *, origins: frozenset[str]
) -> bytes:
    """What a client asks: the body of a POST, or a question mark and the query string of a GET.

    `origins` as made by `known_origins`. Raises BillingError: METHOD_NOT_ALLOWED,
    ORIGIN_NOT_ALLOWED, UNSUPPORTED_MEDIA_TYPE, and what `read_body` raises.
    """
    method = scope["method"]
    if method != "POST" and method not in READING:
        raise InvalidInput(f"Send GraphQL with POST, not {method}.", ErrorCode.METHOD_NOT_ALLOWED)
    require_known_origin(head, origins)
    if method in READING:
        return b"?" + bytes(scope["query_string"])
    _require_json(head)
    return await read_body(receive)


def known_origins(public_url: str, allowed: Iterable[str]) -> frozenset[str]:
    """The origins whose pages may call: that of `public_url`, and the `allowed` ones.

    Raises ValueError for a setting that is no http or https address.
    """
    matches = [_ORIGIN.match(url.lower()) for url in (public_url, *allowed)]
    if None in matches:
        raise ValueError("the public URL and the allowed origins must begin with http(s)://")
    return frozenset(_without_default_port(match) for match in matches if match)


def require_known_origin(head: Head, origins: frozenset[str]) -> None:
    """Raise Forbidden (ORIGIN_NOT_ALLOWED) for a page of a foreign origin.

    A client that sends no Origin is no page. The host asked for is always of the same origin;
    its scheme is not compared, for TLS may end in front of this process.
    """
    if b"origin" not in head:
        return
    sent = text(head, b"origin")
    match = _ORIGIN.fullmatch(sent.lower())
    host = text(head, b"host").lower()
    if not match or (match[2] != host and _without_default_port(match) not in origins):
        raise Forbidden(
            f"Pages of {sent[:100]!r} may not call this API; add it to the allowed origins.",
            ErrorCode.ORIGIN_NOT_ALLOWED,
        )


def parse_graphql_request(body: bytes) -> GraphQLRequest:
    """Read the JSON of one request; raises InvalidInput (BAD_REQUEST) with the key as path."""
    payload = _json(body, "The body")
    if not isinstance(payload, dict):
        raise _bad("The body must be one JSON object; batches are not accepted.")
    return graphql_request(payload)


def parse_graphql_address(query_string: bytes) -> GraphQLRequest:
    """Read what a GET asks: a document by its hash, with variables and operation name.

    Raises InvalidInput: METHOD_NOT_ALLOWED where there is no hash, and as `parse_graphql_request`.
    """
    try:
        named = parse_qsl(query_string.decode("ascii"), True, True, max_num_fields=MAX_PARAMETERS)
    except ValueError as broken:
        raise _bad("The query string is not one of names and values.") from broken
    sent = dict(named)
    if "extensions" not in sent:
        raise InvalidInput(
            "Send GraphQL with POST, or a persisted document's hash with GET.",
            ErrorCode.METHOD_NOT_ALLOWED,
        )
    if len(named) > len(sent):
        raise _bad("A parameter stands in the query string twice.")
    in_json = {name: _json(sent[name].encode(), f"`{name}`") for name in IN_JSON if name in sent}
    return graphql_request({**sent, **in_json})


def graphql_request(payload: dict[str, Any]) -> GraphQLRequest:
    """Read a request that came as a JSON object; raises as `parse_graphql_request` does."""
    is_large = _values(payload) > MANY_VALUES
    query, digest = payload.get("query"), _digest(_object(payload, "extensions"))
    if not isinstance(query, str) and (query is not None or digest is None):
        raise _bad("`query` must be a string with a GraphQL document.", "query")
    name = payload.get("operationName")
    if name is not None and not isinstance(name, str):
        raise _bad("`operationName` must be a string or null.", "operationName")
    return GraphQLRequest(query, _object(payload, "variables"), name, digest, is_large)


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as broken:
        raise _bad(f"{what} is not JSON in UTF-8: {broken.msg[:100]}.") from broken


def _digest(extensions: Mapping[str, Any]) -> str | None:
    """The hash in `persistedQuery`, as Apollo's clients and others send it."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise _bad(
            "`extensions.persistedQuery.sha256Hash` must be 64 hexadecimal digits, in lower case.",
            *("extensions", "persistedQuery", "sha256Hash"),
        )
    return digest


def _without_default_port(origin: re.Match[str]) -> str:
    scheme, host = origin.groups()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORT[scheme])}"


def _require_json(head: Head) -> None:
    sent = head.get(b"content-type", b"")
    if sent == b"application/json":
        return
    media_type, *parameters = [part.strip() for part in sent.decode("latin-1").lower().split(";")]
    charsets = {"charset=utf-8", 'charset="utf-8"', ""}
    if media_type != "application/json" or not charsets.issuperset(parameters):
        raise InvalidInput(
            "Send `Content-Type: application/json`, in UTF-8.", ErrorCode.UNSUPPORTED_MEDIA_TYPE
        )


def _values(payload: dict[str, Any]) -> int:
    """How many values there are, in objects and lists; raises InvalidInput where it is deep."""
    level: list[Any] = [payload]
    count = 0
    for _ in range(MAX_JSON_DEPTH):
        count += sum(map(len, level))
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return count
    raise _bad(f"The JSON is nested more than {MAX_JSON_DEPTH} levels deep.")


def _object(payload: dict[str, Any], key: str) -> dict[str, Any]:
    value = payload.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _bad(f"`{key}` must be an object or null.", key)
    return value


def _bad(message: str, *path: str) -> InvalidInput:
    return InvalidInput(message, ErrorCode.BAD_REQUEST, path=path)
