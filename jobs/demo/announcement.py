"""What a running demo tells: lines for the terminal, and demo.json for scripts."""

import json
import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

# The role that can do most of what there is to try.
_ROLE = "PARTNER_FINANCE"
_PAGE = Path(__file__).parents[2] / "api" / "static" / "graphiql" / "index.html"


class Facts(TypedDict):
    """Tokens by role, partners with `id` and `name`, query texts by name."""

    tokens: dict[str, str]
    partners: list[dict[str, str]]
    queries: dict[str, str]


def write_announcement(path: Path, url: str, facts: Facts) -> None:
    """Write demo.json in one step, readable by its owner only: it holds tokens."""
    content: dict[str, Any] = {"url": url, "graphql": f"{url}/graphql", **facts}
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    Path(beside).replace(path)


def lines_about(path: Path, url: str, facts: Facts) -> Iterator[str]:
    """What a person needs to begin, line by line."""
    tokens = facts["tokens"]
    role = _ROLE if _ROLE in tokens else next(iter(tokens), "")
    token = tokens.get(role, "")
    page = "built here" if _PAGE.exists() else "from a CDN, as it was not built here: needs Node"
    yield ""
    yield f"GraphQL    {url}/graphql"
    yield f"GraphiQL   {url}/graphiql#token={token}"
    yield f"           (signed in as {role}; the page is {page})"
    yield "Partners   " + ", ".join(partner["name"] for partner in facts["partners"])
    yield "Tokens"
    yield from (f"  {role}\n    {token}" for role, token in tokens.items())
    yield "Try"
    yield f"  {_curl(url, token, facts['queries'])}"
    yield f"All of this is in {path}, with ready-made queries. Ctrl-C ends everything."


def _curl(url: str, token: str, queries: Mapping[str, str]) -> str:
    body = json.dumps({"query": next(iter(queries.values()), "{ __typename }")})
    parts = [
        *("curl", "-s", f"{url}/graphql"),
        *("-H", f"Authorization: Bearer {token}"),
        *("-H", "Content-Type: application/json"),
        *("-d", body),
    ]
    return shlex.join(parts)
