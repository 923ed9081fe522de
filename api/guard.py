"""What is refused before GraphQL sees it: method, origin, media type, size, pace and shape."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, HTTPConnection, Request

from models.rules.errors import ErrorCode, Forbidden, InvalidInput

MAX_BODY_BYTES = 100_000
MAX_BODY_SECONDS = 10.0
MAX_JSON_DEPTH = 40

_ORIGIN = re.compile(r"(https?)://([a-z0-9.:_\[\]-]+)")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A request of the right shape; nothing in it has been parsed or believed yet."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


async def read_graphql_request(
    request: Request, *, origins: frozenset[str], seconds: float = MAX_BODY_SECONDS
) -> GraphQLRequest:
    """Read one GraphQL request: POST, application/json, ≤ 100 kB, a UTF-8 JSON object.

    `origins` as made by `known_origins`; `seconds` is how long the body may take to arrive.
    Raises BillingError: METHOD_NOT_ALLOWED, ORIGIN_NOT_ALLOWED, UNSUPPORTED_MEDIA_TYPE,
    BODY_TOO_LARGE, REQUEST_TIMEOUT, BAD_REQUEST.
    """
    if request.method != "POST":
        raise InvalidInput(
            f"Send GraphQL with POST, not {request.method}.", ErrorCode.METHOD_NOT_ALLOWED
        )
    require_known_origin(request, origins)
    _require_json(request)
    return parse_graphql_request(await read_body(request, seconds))


def known_origins(public_url: str, allowed: Iterable[str]) -> frozenset[str]:
    """The origins whose pages may call: that of `public_url`, and the `allowed` ones.

    Raises ValueError for a setting that is no http or https address.
    """
    matches = [_ORIGIN.match(url.lower()) for url in (public_url, *allowed)]
    if None in matches:
        raise ValueError("the public URL and the allowed origins must begin with http(s)://")
    return frozenset(_without_default_port(match) for match in matches if match)


def require_known_origin(connection: HTTPConnection, origins: frozenset[str]) -> None:
    """Raise Forbidden (ORIGIN_NOT_ALLOWED) for a page of a foreign origin.

    A client that sends no Origin is no page. The host asked for is always of the same origin;
    its scheme is not compared, for TLS may end in front of this process.
    """
    host = connection.headers.get("host", "").lower()
    for sent in connection.headers.getlist("origin"):
        match = _ORIGIN.fullmatch(sent.lower())
        if not match or (match[2] != host and _without_default_port(match) not in origins):
            raise Forbidden(
                f"Pages of {sent[:100]!r} may not call this API; add it to the allowed origins.",
                ErrorCode.ORIGIN_NOT_ALLOWED,
            )


def parse_graphql_request(body: bytes) -> GraphQLRequest:
    """Read the JSON of one request; raises InvalidInput (BAD_REQUEST) with the key as path."""
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise _bad(f"The body is not JSON in UTF-8: {broken.msg[:100]}.") from broken
    if not isinstance(payload, dict):
        raise _bad("The body must be one JSON object; batches are not accepted.")
    return graphql_request(payload)


def graphql_request(payload: dict[str, Any]) -> GraphQLRequest:
    """Read a request that came as a JSON object; raises as `parse_graphql_request` does."""
    _require_shallow(payload)
    query = payload.get("query")
    if not isinstance(query, str):
        raise _bad("`query` must be a string with a GraphQL document.", "query")
    name = payload.get("operationName")
    if name is not None and not isinstance(name, str):
        raise _bad("`operationName` must be a string or null.", "operationName")
    return GraphQLRequest(
        query, _object(payload, "variables"), name, _object(payload, "extensions")
    )


def _without_default_port(origin: re.Match[str]) -> str:
    scheme, host = origin.groups()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORT[scheme])}"


def _require_json(request: Request) -> None:
    sent = request.headers.getlist("content-type")
    media_type, *parameters = [part.strip().lower() for part in ",".join(sent).split(";")]
    charsets = {"charset=utf-8", 'charset="utf-8"', ""}
    if media_type != "application/json" or not charsets.issuperset(parameters):
        raise InvalidInput(
            "Send `Content-Type: application/json`, in UTF-8.", ErrorCode.UNSUPPORTED_MEDIA_TYPE
        )


async def read_body(request: Request, seconds: float = MAX_BODY_SECONDS) -> bytes:
    """The whole body; raises InvalidInput: BODY_TOO_LARGE, REQUEST_TIMEOUT, BAD_REQUEST."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                _require_size(len(body) + len(chunk))
                body += chunk
    except TimeoutError as slow:
        raise InvalidInput(
            f"The body did not arrive within {seconds:g} seconds.", ErrorCode.REQUEST_TIMEOUT
        ) from slow
    except ClientDisconnect as gone:
        raise _bad("The connection ended before the body did.") from gone
    return bytes(body)


def _require_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise InvalidInput(
            f"The body has {size} bytes or more; the limit is {MAX_BODY_BYTES}.",
            ErrorCode.BODY_TOO_LARGE,
        )


def _require_shallow(payload: dict[str, Any]) -> None:
    level: list[Any] = [payload]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
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
