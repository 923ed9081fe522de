"""Relay connections: one page of rows after a key, and what can be said about the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.reads.engine.cursors import read_cursor
from models.reads.engine.json_sql import (
    Json,
    Known,
    constant,
    json_list,
    json_object,
    or_null,
    quoted,
    sql_of,
    truth,
)
from models.reads.engine.picks import Argument, Constant, Pick
from models.reads.engine.plans import Path, Plan
from models.reads.engine.shapes import Connection, Filter, Key, Root, Shape, argument_recipe

if TYPE_CHECKING:
    from models.reads.engine.compiler import Compiler

DEFAULT_PAGE = Constant(20)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection hangs: its rows' shape and alias, the parent's alias, the tie between."""

    shape: Shape
    alias: str
    parent: str
    where: str


@dataclass(frozen=True, slots=True)
class Page:
    """A connection whose arguments are bound: the rows, their order, and where this page ends."""

    shape: Shape
    alias: str
    rows: str
    where: str
    after: str
    keys: tuple[str, ...]
    cursor: str
    is_descending: bool
    limit: str

    def ordered(self) -> str:
        """The ORDER BY list."""
        way = "DESC" if self.is_descending else "ASC"
        return ", ".join(f"{key} {way}" for key in self.keys)

    def select(self, columns: str) -> str:
        """The page's rows."""
        return (
            f"SELECT {columns} FROM {self.rows} WHERE {self.where}{self.after}"
            f" ORDER BY {self.ordered()} LIMIT {self.limit}"
        )


def connection_json(
    compiler: Compiler, source: Connection, alias: str, asked: tuple[Pick, Path]
) -> Json:
    """JSON text of a connection below the row `alias`."""
    shape, child = compiler.shapes[source.shape], compiler.alias()
    after = asked[0].argument("after") if source.where_after else None
    if after is None:
        where = compiler.text(source.where, t=alias, c=child)
    else:
        began = _bound_key(compiler, after, source.keys, 0)
        where = compiler.text(source.where_after, t=alias, c=child, v=began)
    page = _page(compiler, source, Place(shape, child, alias, where), asked[0])
    return _connection(compiler, page, asked)


def compile_connection(compiler: Compiler, root: Root, pick: Pick) -> Plan:
    """A plan for a root field that is a connection over what the principal may see."""
    shape, child = root.shape, compiler.alias()
    where = f"{compiler.text(root.where, c=child)} AND {compiler.scope(shape, child)}"
    source = Connection(shape.type_name, "", root.keys, root.is_descending, root.filters)
    page = _page(compiler, source, Place(shape, child, "", where), pick)
    return compiler.plan(pick.key, _connection(compiler, page, (pick, ())))


def _page(compiler: Compiler, source: Connection, place: Place, pick: Pick) -> Page:
    filters = "".join(
        f" AND {_filter(compiler, rule, argument, place.alias)}"
        for name, rule in source.filters.items()
        if (argument := pick.argument(name)) is not None
    )
    shape = place.shape
    is_inside = "{filters}" in shape.source
    return Page(
        shape=shape,
        alias=place.alias,
        rows=compiler.text(shape.source, t=place.alias, p=place.parent, filters=filters),
        where=place.where if is_inside else place.where + filters,
        after=_after(compiler, source, pick.argument("after"), place.alias),
        keys=_columns(compiler, source, place.alias),
        cursor=_cursor(compiler, source.keys, place.alias),
        is_descending=source.is_descending,
        limit=compiler.bind_argument(pick.argument("first") or DEFAULT_PAGE),
    )


def _columns(compiler: Compiler, source: Connection, child: str) -> tuple[str, ...]:
    return tuple(compiler.text(key.sql, c=child) for key in source.keys)


def _filter(compiler: Compiler, rule: Filter, argument: Argument, child: str) -> str:
    value = compiler.bind_argument(argument, rule.recipe)
    if rule.column:
        return compiler.dialect.any_of(compiler.text(rule.column, c=child), value)
    return compiler.text(rule.sql, c=child, v=value)


def _after(compiler: Compiler, source: Connection, argument: Argument | None, child: str) -> str:
    if argument is None:
        return ""
    sign = "<" if source.is_descending else ">"
    columns = ", ".join(_columns(compiler, source, child))
    bound = ", ".join(
        _bound_key(compiler, argument, source.keys, i) for i in range(len(source.keys))
    )
    return f" AND ({columns}) {sign} ({bound})"


def _bound_key(compiler: Compiler, argument: Argument, keys: tuple[Key, ...], index: int) -> str:
    parameter = compiler.bind(
        argument_recipe(argument, lambda text: read_cursor(text, keys)[index])
    )
    is_instant = keys[index].kind == "instant"
    return compiler.dialect.instant(parameter) if is_instant else parameter


def _connection(compiler: Compiler, page: Page, asked: tuple[Pick, Path]) -> Json:
    pick, path = asked
    return json_object(
        (part.key, _part(compiler, page, part, (*path, part.key))) for part in pick.picks
    )


def _part(compiler: Compiler, page: Page, part: Pick, path: Path) -> Json:
    match part.name:
        case "nodes":
            body = sql_of(compiler.object(page.shape, page.alias, part.picks, (*path, "*")))
            return json_list(compiler.dialect, page.select(f"{body} AS j"))
        case "edges":
            body = sql_of(_edge(compiler, page, part, (*path, "*")))
            return json_list(compiler.dialect, page.select(f"{body} AS j"))
        case "totalCount":
            return (f"(SELECT CAST(count(*) AS TEXT) FROM {page.rows} WHERE {page.where})",)
        case "pageInfo":
            return json_object((p.key, _page_info(page, p.name)) for p in part.picks)
    return constant(f"{page.shape.type_name}Connection")


def _edge(compiler: Compiler, page: Page, edge: Pick, path: Path) -> Json:
    def member(part: Pick) -> Json:
        match part.name:
            case "node":
                return compiler.object(page.shape, page.alias, part.picks, (*path, part.key))
            case "cursor":
                return quoted(page.cursor)
        return constant(f"{page.shape.type_name}Edge")

    return json_object((part.key, member(part)) for part in edge.picks)


def _cursor(compiler: Compiler, keys: tuple[Key, ...], child: str) -> str:
    def text(key: Key) -> str:
        column = compiler.text(key.sql, c=child)
        if key.kind == "instant":
            return compiler.dialect.instant_text(column)
        return f"CAST({column} AS TEXT)"

    return compiler.dialect.hex(" || '|' || ".join(map(text, keys)))


def _page_info(page: Page, name: str) -> Json:
    match name:
        case "hasNextPage":
            beyond = f"{page.select('1')} + 1"
            return truth(f"(SELECT count(*) FROM ({beyond}) q) > {page.limit}")
        case "hasPreviousPage":
            return (Known("true" if page.after else "false"),)
        case "startCursor":
            return _end_cursor(page, "ASC")
        case "endCursor":
            return _end_cursor(page, "DESC")
    return constant("PageInfo")


def _end_cursor(page: Page, way: str) -> Json:
    numbered = f"{page.cursor} AS k, row_number() OVER (ORDER BY {page.ordered()}) AS r"
    rows = page.select(numbered)
    return or_null(quoted(f"(SELECT k FROM ({rows}) q ORDER BY r {way} LIMIT 1)"))
