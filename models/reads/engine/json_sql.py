"""SQL expressions of JSON text, put together from expressions of JSON text."""

from collections.abc import Iterable

from models.adapters.dialects import Dialect


def json_object(members: Iterable[tuple[str, str]]) -> str:
    """`{"key":value,…}`; keys are GraphQL names, which need no escaping."""
    joined = " || ',' || ".join(f"""'"{key}":' || {value}""" for key, value in members)
    return f"'{{' || {joined} || '}}'"


def json_list(dialect: Dialect, rows: str) -> str:
    """`[…]` of the column `j` of `rows`, in their order."""
    return f"(SELECT '[' || coalesce({dialect.joined('j')}, '') || ']' FROM ({rows}) q)"


def quoted(word: str) -> str:
    """A JSON string of text that needs no escaping; NULL stays NULL."""
    return f"""'"' || {word} || '"'"""


def constant(word: str) -> str:
    """A JSON string of a name known beforehand."""
    return f"""'"{word}"'"""


def or_null(value: str) -> str:
    """JSON null where the expression is NULL."""
    return f"coalesce({value}, 'null')"


def truth(condition: str) -> str:
    """A JSON boolean."""
    return f"CASE WHEN {condition} THEN 'true' ELSE 'false' END"
