"""Answers brought to one form: what was asked, whoever has answered and however it is wrapped."""

from decimal import Decimal
from typing import Any

import orjson

from models.rules.money import amount_text, canonical

AMOUNTS = frozenset({"settlement", "billAmount", "amountDue", "expenditures", "total"})
# Objects that some have between a row and its fields; their members count as the row's.
_BETWEEN = frozenset({"totals", "content", "customer"})


class NoAnswer(Exception):
    """The server has refused, or found nothing."""


def normal_answer(body: bytes) -> dict[str, Any]:
    """The data of an answer; amounts canonical, lists plain, ids without what is before the number.

    Raises NoAnswer for anything but an answer without errors.
    """
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise NoAnswer(f"no JSON: {body[:200]!r}") from broken
    if not isinstance(answer, dict) or answer.get("errors") or not answer.get("data"):
        raise NoAnswer(f"no data: {body[:500]!r}")
    data: dict[str, Any] = _object(answer["data"])
    if None in data.values():
        raise NoAnswer(f"nothing found: {body[:200]!r}")
    return data


def without_extensions(body: bytes) -> bytes:
    """The bytes of an answer but for what it says of its cost, which only ours does."""
    data, extensions, _ = body.partition(b',"extensions":')
    return data + b"}" if extensions else body


def first_difference(left: Any, right: Any, path: str = "") -> str | None:
    """Where two normal answers part, and how; None where they do not."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        pairs = [(f"{path}.{key}", left[key], right[key]) for key in left]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = [(f"{path}[{i}]", *both) for i, both in enumerate(zip(left, right, strict=True))]
    elif left == right:
        return None
    else:
        return f"{path or 'all'}: {str(left)[:300]} is not {str(right)[:300]}"
    found = (first_difference(one, other, where) for where, one, other in pairs)
    return next((difference for difference in found if difference), None)


def _object(members: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in members.items():
        if key in _BETWEEN:
            made |= _object(value)
        else:
            made[key] = _value(key, value)
    return made


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "nodes" in value:
            return _value(key, value["nodes"])
        return _amount(value["amount"]) if key in AMOUNTS else _object(value)
    if isinstance(value, list):
        return [_value(key, item) for item in value]
    if key in AMOUNTS:
        return _amount(value)
    return int(str(value).rpartition("_")[2]) if key == "id" else value


def _amount(text: str) -> str:
    return amount_text(canonical(Decimal(text)))
