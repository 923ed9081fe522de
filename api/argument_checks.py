"""What is planned of an operation that the ordinary executor runs: whether it can be, before that.

An argument that has the right type and cannot be meant all the same (a cursor that is not ours) is
found out when a plan is bound, and what is too deep for a database when it gets the statement. In
a query that is before anything is read; below a mutation it would be after that changed something.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, get_named_type

from api.context import Context
from api.documents import Operation
from api.picks import Picker
from api.planner import PLANNED, plan_root
from api.trees import as_node
from models.reads.engine.plans import Path, Plan
from models.reads.roots import NODES
from models.rules.errors import InvalidArgument

# A plan, and the response keys that lead to its parent.
Placed: TypeAlias = tuple[Path, Plan]

_PREFIXES = {root.shape.type_name: prefix for prefix, root in NODES.items()}


def bound_plans(
    schema: GraphQLSchema, operation: Operation, context: Context
) -> list[tuple[Plan, list[Any]]]:
    """The plans of what is asked, each with the values it binds; raises InvalidArgument."""
    request = context.request(operation.values.coerced)
    bound = []
    for above, plan in _Plans(schema, operation, context).below_root():
        try:
            bound.append((plan, plan.bind(request)))
        except InvalidArgument as refused:
            path = (*above, *refused.path)
            raise InvalidArgument(refused.message, refused.code, path=path) from refused
    return bound


class _Plans:
    def __init__(self, schema: GraphQLSchema, operation: Operation, context: Context) -> None:
        self._schema = schema
        self._operation = operation
        self._picker = Picker(schema, operation.prepared.fragments, operation.values)
        self._asking = (context.db.dialect, context.principal)

    def below_root(self) -> Iterator[Placed]:
        root = self._schema.get_root_type(self._operation.node.operation)
        assert root is not None
        fields = self._picker.fields(root, [self._operation.node.selection_set])
        for key, nodes in fields.items():
            if root is not self._schema.query_type:
                yield from self._below(root, (key,), nodes)
            elif nodes[0].name.value in PLANNED:
                yield from self._plan((key,), nodes)

    def _below(
        self, parent: GraphQLObjectType, path: Path, nodes: list[FieldNode]
    ) -> Iterator[Placed]:
        """Plans of what a payload shows."""
        field = self._schema.get_field(parent, nodes[0].name.value)
        below = get_named_type(field.type) if field else None
        if not isinstance(below, GraphQLObjectType):
            return
        prefix = _PREFIXES.get(below.name)
        if prefix is not None:
            yield from self._plan(path, [as_node(node, f"{prefix}_0") for node in nodes])
            return
        fields = self._picker.fields(below, (node.selection_set for node in nodes))
        for key, found in fields.items():
            yield from self._below(below, (*path, key), found)

    def _plan(self, path: Path, nodes: list[FieldNode]) -> Iterator[Placed]:
        *above, key = path
        plan = plan_root(self._schema, self._picker, (key, nodes), self._asking)
        if plan is not None:
            yield tuple(above), plan
