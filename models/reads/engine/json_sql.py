"""SQL expressions of JSON text, put together from pieces.

A piece is either text that is known when a statement is compiled, or an SQL expression of text.
Known pieces that follow each other become one literal: each `||` less is work that the database
does not do for every row.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeAlias

from models.adapters.dialects import Dialect


class Known(str):
    """JSON text that is known beforehand; any other piece is an SQL expression."""

    __slots__ = ()


Json: TypeAlias = tuple[str, ...]


def sql_of(json: Json) -> str:
    """One SQL expression of all pieces, in turn."""
    return " || ".join(_expressions(json))


def _expressions(json: Json) -> Iterator[str]:
    for is_known, pieces in groupby(json, lambda piece: isinstance(piece, Known)):
        if is_known:
            yield "'" + "".join(pieces).replace("'", "''") + "'"
        else:
            yield from pieces


def json_object(members: Iterable[tuple[str, Json]]) -> Json:
    """`{"key":value,…}`; keys are GraphQL names, which need no escaping."""
    pieces: list[str] = [Known("{")]
    for number, (key, value) in enumerate(members):
        pieces += (Known(f'{"," if number else ""}"{key}":'), *value)
    return (*pieces, Known("}"))


def json_list(dialect: Dialect, rows: str) -> Json:
    """`[…]` of the column `j` of `rows`, in their order."""
    joined = f"(SELECT coalesce({dialect.joined('j')}, '') FROM ({rows}) q)"
    return (Known("["), joined, Known("]"))


def quoted(word: str) -> Json:
    """A JSON string of text that needs no escaping; NULL makes all of the JSON NULL."""
    return (Known('"'), word, Known('"'))


def constant(word: str) -> Json:
    """A JSON string of a name known beforehand."""
    return (Known(f'"{word}"'),)


def or_null(json: Json) -> Json:
    """JSON null where the expression is NULL."""
    return (f"coalesce({sql_of(json)}, 'null')",)


def truth(condition: str) -> Json:
    """A JSON boolean."""
    return (f"CASE WHEN {condition} THEN 'true' ELSE 'false' END",)
