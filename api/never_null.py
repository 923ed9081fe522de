"""Variables that may be left out, as something has a default, and must not be null all the same.

`query ($first: Int = 20)` may go where `Int!` is wanted: validation lets it, since the default is
no null. That the variable itself is null shows in each request only. An executor would find out in
the midst of the answer, or after a mutation has changed something; so it is looked for before.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    ValidationContext,
    VariableNode,
    is_non_null_type,
)

# The places in an operation where null is refused, by the variable's name.
Wanting: TypeAlias = Mapping[str, VariableNode]


def wanting(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Wanting]:
    """For each operation of a valid document, by name: one place for each such variable."""
    context = ValidationContext(schema, document, TypeInfo(schema), _refuse)
    return {
        name_of(node): {
            usage.node.name.value: usage.node
            for usage in context.get_recursive_variable_usages(node)
            if is_non_null_type(usage.type)
        }
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    }


def null_errors(places: Wanting, values: Mapping[str, Any]) -> list[GraphQLError]:
    """An error for each variable that is null where that is refused."""
    return [
        GraphQLError(
            f"Variable '${name}' must not be null here; leave it out, or give a value.", node
        )
        for name, node in places.items()
        if name in values and values[name] is None
    ]


def name_of(node: OperationDefinitionNode) -> str | None:
    """What an operation is called, where it has a name."""
    return node.name.value if node.name else None


def _refuse(error: GraphQLError) -> None:
    raise error
