"""Documents made from the schema: all that a field answers, and a way from a node to the field."""

from collections import deque
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.tenancy.places import SCHEMA

# What fields must be told; one that needs more stands here before it can be asked.
REQUIRED = {
    "Bill.explain": "amount: AMOUNT_DUE",
    "Partner.statement": 'currency: USD, from: "2026-01-01", to: "2026-12-31"',
    "Partner.deliveryGaps": 'from: "2026-01-01", to: "2026-12-31"',
}
# What must be told beside an id.
BESIDE = {
    "Query.billDiff": "from: 1, to: 2",
    "Query.billingCalendar": 'cycle: "2026-04"',
}
# Types that no node leads to: how they are asked for, and of what `$own` is the id.
ROOTS = {"BillDiff": ("billDiff(billId: $own, from: 1, to: 2)", "Bill")}
PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def object_type(name: str) -> GraphQLObjectType:
    """A type by its name."""
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def node_types() -> list[str]:
    """The types of things with a global id."""
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return sorted(each.name for each in SCHEMA.get_possible_types(node))


def selection(type_name: str, depth: int) -> str:
    """Every field of a type, and of the objects below it down to `depth`."""
    parts = [asked(type_name, name, depth) for name in object_type(type_name).fields]
    return " ".join(["__typename", *filter(None, parts)])


def asked(type_name: str, name: str, depth: int, *, told: str = "") -> str:
    """One field with all below it down to `depth`; empty for an object beyond that."""
    field = object_type(type_name).fields[name]
    below, head = named(field), name + _arguments(type_name, name, told)
    if is_leaf_type(get_named_type(field.type)):
        return head
    if depth < 1:
        return ""
    if below == "Node":
        return f"{head} {{ __typename id }}"
    if not below.endswith("Connection"):
        return f"{head} {{ {selection(below, depth - 1)} }}"
    rows = selection(item(below), depth - 1)
    return f"{head} {{ {PAGE} edges {{ cursor }} nodes {{ {rows} }} }}"


def fields_of(type_name: str) -> list[str]:
    """All that a type has, in pieces that can be asked one by one: the plain fields together."""
    fields = object_type(type_name).fields
    objects = [
        name for name, field in fields.items() if not is_leaf_type(get_named_type(field.type))
    ]
    return [selection(type_name, 0), *(asked(type_name, name, 2) for name in objects)]


def of_node(node: str, inner: str) -> str:
    """A document about the node `$id`, which is of this type."""
    return f"query Ask($id: ID!) {{ node(id: $id) {{ ... on {node} {{ __typename {inner} }} }} }}"


def named(field: GraphQLField) -> str:
    """The name of the type that a field answers."""
    return get_named_type(field.type).name


def item(connection: str) -> str:
    """The name of the type of a connection's rows."""
    return named(object_type(connection).fields["nodes"])


def _arguments(type_name: str, name: str, told: str) -> str:
    """The arguments of a field: those told, or required ones; pages of three rows."""
    field = object_type(type_name).fields[name]
    if not told and any(is_required_argument(taken) for taken in field.args.values()):
        told = REQUIRED[f"{type_name}.{name}"]
    if "first" in field.args and "first:" not in told:
        told = ", ".join(filter(None, [told, "first: 3"]))
    return f"({told})" if told else ""


@dataclass(frozen=True)
class Question:
    """A document, and the type of the node whose id is `$own`; empty where none is needed."""

    text: str
    own: str = ""


def question(type_name: str, name: str, told: str, **variables: str) -> Question:
    """A document that asks one field of a type, and is `told` something by variables."""
    told = ", ".join(filter(None, [told, BESIDE.get(f"{type_name}.{name}")]))
    inner, declared = asked(type_name, name, 2, told=told), dict(variables)
    own, opening, way = way_to(type_name)
    for here, step in reversed(way):
        inner = f"{step}{_arguments(here, step, '')} {{ {_within(here, step, inner)} }}"
    if own:
        inner, declared["own"] = f"{opening} {inner} }}", "ID!"
        inner += " }" * (opening.count("{") - 1)
    head = ", ".join(f"${name}: {kind}" for name, kind in declared.items())
    return Question(f"query Ask{f'({head})' if head else ''} {{ {inner} }}", own)


def _within(type_name: str, name: str, inner: str) -> str:
    is_page = named(object_type(type_name).fields[name]).endswith("Connection")
    return f"nodes {{ {inner} }}" if is_page else inner


def way_to(owner: str) -> tuple[str, str, list[tuple[str, str]]]:
    """The shortest way to a type: of what `$own` is the id, the opening, and the fields on."""
    if owner == "Query":
        return "", "", []
    starts = {node: (f"node(id: $own) {{ ... on {node} {{", node) for node in node_types()}
    starts |= {name: (f"{field} {{", own) for name, (field, own) in ROOTS.items()}
    waiting = deque((start, start, list[tuple[str, str]]()) for start in starts)
    while waiting:
        start, here, way = waiting.popleft()
        if here == owner:
            opening, own = starts[start]
            return own, opening, way
        for name, field in object_type(here).fields.items():
            below = named(field)
            below = item(below) if below.endswith("Connection") else below
            if isinstance(SCHEMA.type_map[below], GraphQLObjectType) and len(way) < 3:
                waiting.append((start, below, [*way, (here, name)]))
    raise AssertionError(f"no way leads to {owner}")
