"""Planned fields in the ordinary executor: each root, or payload's object, as one tree.

Mutations, subscriptions and introspection are executed field by field; what of them is planned is
read by the engine all the same, and taken apart by `planned.take_by_key`.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    NameNode,
    StringValueNode,
    get_named_type,
)

from api.context import Context
from api.picks import Picker
from api.planner import PLANNED, plan_root
from models.reads.roots import NODES


class Node(dict[str, Any]):
    """The tree of a `node`, which is of this type, whether or not `__typename` was asked of it."""

    type_name: str


async def resolve_root(_source: Any, info: GraphQLResolveInfo[Context], **_arguments: Any) -> Any:
    """Resolve a planned field of Query in the ordinary executor: as one tree."""
    return await _tree(info, info.field_nodes)


async def _resolve_node(source: Any, info: GraphQLResolveInfo[Context], id: str) -> Node | None:
    tree = await resolve_root(source, info)
    if tree is None:
        return None
    node = Node(tree)
    node.type_name = NODES[id.partition("_")[0]].shape.type_name
    return node


def type_of(node: Node, *_: object) -> str:
    """Resolve the type of a `node` in the ordinary executor."""
    return node.type_name


async def read_node(info: GraphQLResolveInfo[Context], public_id: str | None) -> Any:
    """Resolve a payload's object: the selection below `info`'s field, of the node with this id."""
    if public_id is None or not _names(public_id, get_named_type(info.return_type).name):
        return None
    return await _tree(info, [as_node(node, public_id) for node in info.field_nodes])


def _names(public_id: str, type_name: str) -> bool:
    root = NODES.get(public_id.partition("_")[0])
    return root is not None and root.shape.type_name == type_name


def as_node(node: FieldNode, public_id: str) -> FieldNode:
    """A payload's field as if it were `node` of Query."""
    argument = ArgumentNode(name=NameNode(value="id"), value=StringValueNode(value=public_id))
    return FieldNode(
        name=NameNode(value="node"),
        arguments=(argument,),
        directives=(),
        selection_set=node.selection_set,
    )


async def _tree(info: GraphQLResolveInfo[Context], nodes: Iterable[FieldNode]) -> Any:
    context = info.context
    picker = Picker(info.schema, info.fragments, info.variable_values)
    asking = (context.db.dialect, context.principal)
    plan = plan_root(info.schema, picker, (str(info.path.key), list(nodes)), asking)
    if plan is None:
        return None
    request = context.request(info.variable_values.coerced)
    return orjson.loads((await plan.run(context.db, request, plan.bind(request))).json)


def install_roots(schema: GraphQLSchema) -> None:
    """Let the ordinary executor resolve planned fields of Query as trees."""
    query = schema.query_type
    assert isinstance(query, GraphQLObjectType)
    for name in PLANNED:
        query.fields[name].resolve = resolve_root
    query.fields["node"].resolve = _resolve_node
    schema.type_map["Node"].resolve_type = type_of  # type: ignore[attr-defined]
