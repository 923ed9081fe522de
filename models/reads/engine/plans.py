"""A compiled statement, the recipes for what it binds, and the touch of Python at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import orjson

from models.adapters.database import Database
from models.rules.errors import BillingError, InvalidArgument
from models.rules.months import INSTANT_TEXT
from models.rules.principals import Principal


@dataclass(slots=True)
class Request:
    """What differs between two uses of one plan."""

    principal: Principal
    variables: Mapping[str, Any]
    time: datetime  # when it was asked
    link: Callable[[int, str], str]  # a signed download link for (partner id, what it leads to)
    lag_days: int  # after how many days a day's usage is delivered (R49)
    is_short: bool = False  # it asks for little, so that others may be served with it

    @property
    def now(self) -> str:
        """The time as RFC 3339 UTC, for comparisons inside SQL."""
        return self.time.strftime(INSTANT_TEXT)


Path: TypeAlias = tuple[str, ...]
Recipe: TypeAlias = Callable[[Request], Any]
Finish: TypeAlias = Callable[[Request, Any], Any]
Make: TypeAlias = Callable[[Request, Any, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Finisher:
    """A function that owns the value at `path` (response keys; `*` steps into a list)."""

    path: Path
    finish: Finish


class Told(NamedTuple):
    """A root field's JSON; with the partner's revision where it holds until that is raised."""

    json: bytes
    revision: int | None = None


NOTHING = Told(b"null")


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement that answers one root field as JSON, in one row.

    It `is_lasting` where it reads nothing but what `lasting` names: it tells a revision, too.
    """

    sql: str
    recipes: Sequence[Recipe]
    paths: Sequence[Path]  # of the fields that the recipes are about, without places in lists
    bound: int  # how many of them the statement binds; the others are checked, and left out
    finishers: Sequence[Finisher] = ()
    is_lasting: bool = False

    def bind(self, request: Request) -> list[Any]:
        """The values for the statement; raises InvalidArgument."""
        try:
            return [recipe(request) for recipe in self.recipes][: self.bound]
        except BillingError:
            raise self._refusal(request) from None

    def _refusal(self, request: Request) -> InvalidArgument:
        for path, recipe in zip(self.paths, self.recipes, strict=True):
            try:
                recipe(request)
            except BillingError as refused:
                return InvalidArgument(refused.message, refused.code, path=path)
        raise AssertionError("a recipe gives the same each time")

    async def run(self, db: Database, request: Request, values: list[Any]) -> Told:
        """What there is, for values bound to the same request; NOTHING when there is no row."""
        row = await self._row(db, request, values)
        if row is None or row[0] is None:
            return NOTHING
        if self.is_lasting:
            return Told(*row)
        if not self.finishers:
            return Told(row[0])
        answer = orjson.loads(row[0])
        for finisher in self.finishers:
            _finish(answer, finisher, finisher.path, request)
        return Told(orjson.dumps(answer))

    async def _row(self, db: Database, request: Request, values: list[Any]) -> Sequence[Any] | None:
        if request.is_short:
            return await db.fetch_shared(self.sql, *values)
        rows = await db.fetch(self.sql, *values)
        return rows[0] if rows else None


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
