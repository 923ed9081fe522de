"""Templates of JSON text for what `Made` objects are made of."""

from collections.abc import Mapping


def members(values: Mapping[str, str]) -> str:
    """A template of a JSON object: each name with its value, which is JSON text already."""
    joined = " || ',' || ".join(f"""'"{name}":' || {value}""" for name, value in values.items())
    return f"'{{{{' || {joined} || '}}}}'"


def word(sql: str) -> str:
    """A JSON string of an amount or of a word that needs no escaping; NULL stays NULL."""
    return f"""'"' || {sql} || '"'"""


def words(names: Mapping[str, str]) -> str:
    """A template of a JSON object of amounts or words by name."""
    return members({name: word(sql) for name, sql in names.items()})


def listed(rows: str, value: str) -> str:
    """A template of a JSON list: `value`, JSON text, of each row of `rows`, in their order."""
    joined = "'[' || coalesce({joined[q.j]}, '') || ']'"
    return f"(SELECT {joined} FROM (SELECT {value} AS j FROM {rows}) q)"


def sums(rows: str, amounts: Mapping[str, str]) -> str:
    """A template of a JSON object: the sum of each amount over `rows`, a FROM clause."""
    summed = ", ".join(f"{{sum[{amount}]}} AS {name}" for name, amount in amounts.items())
    shown = words({name: f"s.{name}" for name in amounts})
    return f"(SELECT {shown} FROM (SELECT {summed} FROM {rows}) s)"
