"""Publishing an enumeration of the domain, each value described."""

from enum import Enum
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=type[Enum])


def describe(enum: E, description: str, values: dict[str, str]) -> E:
    """Publish an enumeration; `values` describe its members by name."""
    published = strawberry.enum(enum, description=description)
    for value in published.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.get(value.name)
    return published
