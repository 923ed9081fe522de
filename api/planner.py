"""Plans for root fields, cached by document and by what of the variables shapes a statement."""

from collections.abc import Hashable, Mapping
from sys import getsizeof
from typing import TypeAlias

from graphql import FieldNode, GraphQLSchema

from api.bounded import Bounded
from api.documents import Operation
from api.picks import Picker
from models.adapters.dialects import Dialect
from models.reads.engine.compiler import Compiler, compile_row
from models.reads.engine.pages import compile_connection
from models.reads.engine.picks import Pick, Variable
from models.reads.engine.plans import Plan
from models.reads.engine.shapes import Root
from models.reads.roots import CONNECTIONS, NODES, ROWS, SHAPES
from models.rules.principals import Principal

# Beyond that, those not used for longest are compiled again.
KEPT_PLANS_BYTES = 3_000_000
# What a plan takes beside its statement: for each value, and each touch at the end.
PART_BYTES = 500
PLANNED = {*ROWS, *CONNECTIONS, "node"}

Plans: TypeAlias = list[tuple[str, Plan | None]]


class Planner:
    """The plans of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: Bounded[Hashable, Plans] = Bounded(KEPT_PLANS_BYTES)

    @property
    def kept_bytes(self) -> int:
        """What the plans that are kept take, roughly."""
        return self._kept.held

    def kept(self, operation: Operation, who: Principal) -> Plans | None:
        """The plans of an operation that was planned before, if they are kept."""
        return self._kept.get(_key(operation, who))

    def plans(self, operation: Operation, dialect: Dialect, who: Principal) -> Plans | None:
        """A plan for each root field of a query; None where one of them is not planned.

        In any thread: nothing is kept.
        """
        picker = Picker(self._schema, operation.prepared.fragments, operation.values)
        query = self._schema.query_type
        assert query is not None
        roots = picker.fields(query, [operation.node.selection_set])
        if any(nodes[0].name.value not in PLANNED for nodes in roots.values()):
            return None
        asking = (dialect, who)
        return [
            (key, plan_root(self._schema, picker, (key, nodes), asking))
            for key, nodes in roots.items()
        ]

    def keep(self, operation: Operation, who: Principal, plans: Plans) -> Plans:
        """Keep the plans of an operation."""
        return self._kept.put_bytes(_key(operation, who), plans, taking=_taken(plans))


def _key(operation: Operation, who: Principal) -> Hashable:
    return (operation.shape, who.role, who.partner_id is None)


def _taken(plans: Plans) -> int:
    parts = sum(2 + len(p.recipes) + len(p.paths) + len(p.finishers) for _, p in plans if p)
    return parts * PART_BYTES + sum(getsizeof(p.sql) for _, p in plans if p)


def plan_root(
    schema: GraphQLSchema,
    picker: Picker,
    node: tuple[str, list[FieldNode]],
    asking: tuple[Dialect, Principal],
) -> Plan | None:
    """The plan of one root field of Query; None for an id that no type has."""
    key, nodes = node
    dialect, principal = asking
    assert schema.query_type is not None
    pick = picker.pick(schema.query_type, key, nodes)
    compiler = Compiler(dialect, SHAPES, principal)
    if pick.name in CONNECTIONS:
        return compile_connection(compiler, CONNECTIONS[pick.name], pick)
    root = ROWS.get(pick.name)
    if root is not None:
        return compile_row(compiler, root, pick)
    return _plan_node(schema, picker, pick, nodes, compiler)


def _plan_node(
    schema: GraphQLSchema, picker: Picker, pick: Pick, nodes: list[FieldNode], compiler: Compiler
) -> Plan | None:
    root = _root_of(pick, picker.values.coerced)
    if root is None:
        return None
    graphql_type = schema.type_map[root.shape.type_name]
    picks = picker.picks(graphql_type, (node.selection_set for node in nodes))  # type: ignore[arg-type]
    return compile_row(compiler, root, Pick("node", pick.key, pick.arguments, picks))


def _root_of(pick: Pick, variables: Mapping[str, object]) -> Root | None:
    argument = pick.arguments["id"]
    text = variables[argument.name] if isinstance(argument, Variable) else argument.value
    prefix = str(text).partition("_")[0]
    return NODES.get(prefix)
