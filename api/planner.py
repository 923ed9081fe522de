"""Plans for root fields, cached by document and by what of the variables shapes a statement."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from graphql import FieldNode, GraphQLSchema

from api.picks import Picker
from models.adapters.dialects import Dialect
from models.reads.engine.compiler import Compiler, compile_row
from models.reads.engine.pages import compile_connection
from models.reads.engine.picks import Pick, Variable
from models.reads.engine.plans import Plan
from models.reads.engine.shapes import Root
from models.reads.roots import CONNECTIONS, NODES, ROWS, SHAPES
from models.rules.principals import Principal

V = TypeVar("V")


class Bounded(Generic[V]):
    """A mapping that forgets what was not used for longest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, now the most recently used."""
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> V:
        """Keep a value, forgetting another if need be."""
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return value


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
