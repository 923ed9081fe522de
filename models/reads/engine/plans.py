"""A compiled statement, the recipes for what it binds, and the touch of Python at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from models.adapters.database import Database
from models.rules.principals import Principal


@dataclass(frozen=True, slots=True)
class Request:
    """What differs between two uses of one plan."""

    principal: Principal
    variables: Mapping[str, Any]
    now: str  # RFC 3339 UTC, for comparisons inside SQL
    link: Callable[[int, str], str]  # a signed download link for (partner id, what it leads to)
    lag_days: int  # after how many days a day's usage is delivered (R49)


Recipe: TypeAlias = Callable[[Request], Any]
Finish: TypeAlias = Callable[[Request, Any], Any]
Make: TypeAlias = Callable[[Request, Any, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Finisher:
    """A function that owns the value at `path` (response keys; `*` steps into a list)."""

    path: tuple[str, ...]
    finish: Finish


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement that answers one root field as JSON text, in one row of one column."""

    sql: str
    recipes: Sequence[Recipe]
    finishers: Sequence[Finisher] = ()

    async def run(self, db: Database, request: Request) -> bytes:
        """The field's JSON; `null` when there is no such row."""
        rows = await db.fetch(self.sql, *[recipe(request) for recipe in self.recipes])
        text = rows[0][0] if rows else None
        if text is None:
            return b"null"
        if not self.finishers:
            return bytes(text, "utf-8")
        answer = orjson.loads(text)
        for finisher in self.finishers:
            _finish(answer, finisher, finisher.path, request)
        return orjson.dumps(answer)


def _finish(node: Any, finisher: Finisher, path: tuple[str, ...], request: Request) -> None:
    head, *rest = path
    if node is None:
        return
    if head == "*":
        for item in node:
            _finish(item, finisher, tuple(rest), request)
    elif rest:
        _finish(node[head], finisher, tuple(rest), request)
    else:
        node[head] = finisher.finish(request, node[head])
