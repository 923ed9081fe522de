"""Fields that the read engine answers: declared here, resolved nowhere.

The engine (see `models/reads/engine`) compiles a whole selection into one statement. In the
ordinary executor, which answers mutations and whatever else is not planned, such a selection
arrives as one tree of dictionaries under its response keys, and every planned field just takes
its own.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

T = TypeVar("T")


def field(description: str) -> Any:
    """A planned field without arguments, described in one sentence."""
    return strawberry.field(description=description)


def planned(declaration: Callable[..., T]) -> T:
    """A planned field with arguments: the signature counts, the docstring describes it."""
    description = (declaration.__doc__ or "").strip()
    return strawberry.field(resolver=declaration, description=description)


def take_by_key(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """Resolve a planned field: the parent's tree holds it under the response key."""
    return source[info.path.key]


def resolve_by_key(schema: GraphQLSchema, type_names: set[str]) -> None:
    """Let every field of the planned types take its value from the engine's tree."""
    for name in type_names:
        graphql_type = schema.type_map[name]
        assert isinstance(graphql_type, GraphQLObjectType), name
        for planned_field in graphql_type.fields.values():
            planned_field.resolve = take_by_key
        graphql_type.is_type_of = None
