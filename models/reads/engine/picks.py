"""What was asked: a selection freed of GraphQL syntax."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Constant:
    """An argument written in the document (or a schema default)."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """An argument whose value comes with each request; `is_null` is part of the plan's identity."""

    name: str
    is_null: bool


Argument: TypeAlias = Constant | Variable


@dataclass(frozen=True, slots=True)
class Pick:
    """One field: its name, the key it answers under, arguments, and what is picked below it."""

    name: str
    key: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    picks: tuple["Pick", ...] = ()

    def argument(self, name: str) -> Argument | None:
        """The argument, or None when it is absent or null."""
        found = self.arguments.get(name)
        match found:
            case Constant(value=None) | Variable(is_null=True):
                return None
        return found
