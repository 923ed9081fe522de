"""How many items a paged field asks for: its `first` by literal, variable or default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    IntValueNode,
    OperationDefinitionNode,
    VariableNode,
)

from models.rules.errors import ErrorCode, InvalidInput

# Enough to see that a number is too large; Python refuses to read more than 4,300 digits.
_DIGITS_READ = 20


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How many items one page may have; `usual` where neither request nor schema says."""

    largest: int = 100
    usual: int = 20
    by_field: Mapping[str, int] = field(default_factory=dict)  # "Type.field" → largest there
    list_items: int = 10  # what any other list counts as
    lists_by_field: Mapping[str, int] = field(default_factory=dict)  # where it is known better
    # Fields that are trees: how many objects one level has for each that `first` asks for.
    trees_by_field: Mapping[str, int] = field(default_factory=dict)


class Pages:
    """The page sizes of one request; notes which variables they came from."""

    def __init__(
        self,
        limits: PageLimits,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self.limits = limits
        self._values = {**_variable_defaults(operation), **variables}
        self.variables_read: set[str] = set()

    def size(
        self, node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType | None
    ) -> int | None:
        """The items asked for by `node`, or None where the field takes no `first`.

        Raises InvalidInput: PAGE_TOO_LARGE, and INVALID_INPUT below 1. Text and other values
        that are no number count as usual: validation refuses them.
        """
        argument = definition.args.get("first")
        if argument is None:
            return None
        where = f"{parent}.{node.name.value}"
        largest = self.limits.by_field.get(where, self.limits.largest)
        asked = self._asked(node, argument)
        if asked is None:
            return min(self.limits.usual, largest)
        if asked > largest:
            raise InvalidInput(
                f"`{where}(first:)` asks for {asked} items; the largest page is {largest}.",
                ErrorCode.PAGE_TOO_LARGE,
            )
        if asked < 1:
            raise InvalidInput(f"`{where}(first:)` must be 1 to {largest}; {asked} was asked for.")
        return asked

    def list_items(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        """The items that a list without pages counts as."""
        limits = self.limits
        return limits.lists_by_field.get(f"{parent}.{node.name.value}", limits.list_items)

    def tree_width(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        """The objects on each level of a tree for one that is asked for; 0 for what is no tree."""
        return self.limits.trees_by_field.get(f"{parent}.{node.name.value}", 0)

    def _asked(self, node: FieldNode, argument: GraphQLArgument) -> int | None:
        value = next((a.value for a in node.arguments or () if a.name.value == "first"), None)
        if value is None:
            return _number(_schema_default(argument))
        if not isinstance(value, VariableNode):
            return _number(value)
        name = value.name.value
        self.variables_read.add(name)
        return _number(self._values.get(name, _schema_default(argument)))


def _variable_defaults(operation: OperationDefinitionNode) -> dict[str, object]:
    return {
        definition.variable.name.value: definition.default_value
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }


def _schema_default(argument: GraphQLArgument) -> object:
    if argument.default is None:
        return argument.default_value
    literal = argument.default.literal
    return argument.default.value if literal is None else literal


def _number(value: object) -> int | None:
    if isinstance(value, IntValueNode):
        return int(value.value[:_DIGITS_READ])
    if isinstance(value, float):
        # JSON knows one kind of number: GraphQL reads 20.0 as the integer 20.
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
