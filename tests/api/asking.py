"""Asking by hash: what a client of persisted documents sends."""

from hashlib import sha256
from typing import Any

import httpx2
import orjson

from tests.api.client import Client


def hash_of(query: str) -> str:
    """How a document is called."""
    return sha256(query.encode()).hexdigest()


def persisted(query: str) -> dict[str, Any]:
    """The extension that names a document."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(query)}}


async def register(
    api: Client, query: str, variables: dict[str, Any] | None = None
) -> httpx2.Response:
    """A document with its hash, by POST."""
    body = {"query": query, "variables": variables or {}, "extensions": persisted(query)}
    return await api.http.post("/graphql", json=body, headers=api.headers)


async def get(
    api: Client, query: str, variables: dict[str, Any] | None = None, **headers: str
) -> httpx2.Response:
    """The document's hash, by GET."""
    parameters = {"extensions": orjson.dumps(persisted(query)).decode()}
    if variables is not None:
        parameters["variables"] = orjson.dumps(variables).decode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.http.get("/graphql", params=parameters, headers=api.headers | named)


def code_of(answer: httpx2.Response) -> str:
    """The code of the only error."""
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])
