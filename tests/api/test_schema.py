"""The published schema: golden, and held to the house's grammar."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    print_type,
)

from api.connections import is_connection
from api.schema import build_schema, schema_text
from models.reads.engine.shapes import Amount, Connection, Embedded, Item, Made, Many, One
from models.reads.roots import CONNECTIONS, NODES, ROWS, SHAPES

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()._schema


def _own_types(schema: GraphQLSchema) -> list[str]:
    return [name for name in schema.type_map if not name.startswith("__")]


def _fields(schema: GraphQLSchema) -> dict[str, GraphQLField]:
    holders = (GraphQLObjectType, GraphQLInterfaceType)
    return {
        f"{name}.{field_name}": field
        for name in _own_types(schema)
        if isinstance(holder := schema.type_map[name], holders)
        for field_name, field in holder.fields.items()
    }


def test_schema_is_the_published_one() -> None:
    published = (ROOT / "schema.graphql").read_text("utf-8")
    assert published == schema_text(), "run: python3 run.py schema > schema.graphql"


def test_everything_is_described(schema: GraphQLSchema) -> None:
    built_in = {"String", "Int", "Boolean", "ID", "Float"}
    undescribed = [n for n in _own_types(schema) if not schema.type_map[n].description]
    assert set(undescribed) <= built_in
    assert [n for n, f in _fields(schema).items() if not f.description] == []
    values = {
        f"{n}.{v}": value.description
        for n in _own_types(schema)
        if isinstance(enum := schema.type_map[n], GraphQLEnumType)
        for v, value in enum.values.items()
    }
    assert [name for name, description in values.items() if not description] == []


def test_inputs_are_described(schema: GraphQLSchema) -> None:
    inputs = {
        f"{n}.{f}": field.description
        for n in _own_types(schema)
        if isinstance(holder := schema.type_map[n], GraphQLInputObjectType)
        for f, field in holder.fields.items()
    }
    assert [name for name, description in inputs.items() if not description] == []


def test_there_is_no_float(schema: GraphQLSchema) -> None:
    assert "Float" not in schema.type_map


def test_lists_hold_no_nulls(schema: GraphQLSchema) -> None:
    loose = []
    for name, field in _fields(schema).items():
        inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if isinstance(inner, GraphQLList) and not (
            isinstance(field.type, GraphQLNonNull) and isinstance(inner.of_type, GraphQLNonNull)
        ):
            loose.append(name)
    assert loose == []


def test_names_follow_the_grammar(schema: GraphQLSchema) -> None:
    flags = [
        name
        for name, field in _fields(schema).items()
        if get_named_type(field.type).name == "Boolean"
        and not re.match(r"(is|has|can)[A-Z]", name.partition(".")[2])
    ]
    # The one name that the single-page app was promised beforehand.
    assert sorted(flags) == ["AvailableAction.allowed", "AvailableStorageAction.allowed"]
    enums = [t for t in schema.type_map.values() if isinstance(t, GraphQLEnumType)]
    values = [v for e in enums if not e.name.startswith("__") for v in e.values]
    assert [v for v in values if not re.fullmatch(r"[A-Z][A-Z0-9_]*", v)] == []


def test_mutations_take_one_input_and_return_a_nullable_payload(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        payload = name[0].upper() + name[1:]
        assert [str(arg.type) for arg in field.args.values()] == [f"{payload}Input!"], name
        assert list(field.args) == ["input"]
        assert str(field.type) == f"{payload}Payload"
        assert "userErrors: [UserError!]!" in print_type(schema.type_map[f"{payload}Payload"])


def test_unbounded_lists_are_connections_with_limits(schema: GraphQLSchema) -> None:
    paged = {n: f for n, f in _fields(schema).items() if str(f.type).endswith("Connection!")}
    assert paged
    for name, field in paged.items():
        assert {"first", "after"} <= set(field.args), name
        assert str(field.args["first"].type) == "Int!", name


def test_every_planned_field_has_a_source_of_its_kind(schema: GraphQLSchema) -> None:
    for name, shape in SHAPES.items():
        graphql_type = schema.type_map[name]
        assert isinstance(graphql_type, GraphQLObjectType)
        assert set(graphql_type.fields) == set(shape.fields), name
        for field_name, source in shape.fields.items():
            named = get_named_type(graphql_type.fields[field_name].type).name
            match source:
                case Amount():
                    assert named == "Money", (name, field_name)
                case One(shape=below) | Many(shape=below) | Embedded(shape=below):
                    assert named == below, (name, field_name)
                case Made(shape=below, takes=takes):
                    assert named == below, (name, field_name)
                    assert set(graphql_type.fields[field_name].args) == set(takes)
                case Item(shape=below) if below:
                    assert named == below, (name, field_name)
                case Connection(shape=below, filters=filters):
                    assert named == f"{below}Connection", (name, field_name)
                    arguments = set(graphql_type.fields[field_name].args)
                    assert arguments <= {"first", "after", *filters}, (name, field_name)


def test_every_output_type_is_planned_but_payloads(schema: GraphQLSchema) -> None:
    objects = {n for n in _own_types(schema) if isinstance(schema.type_map[n], GraphQLObjectType)}
    unplanned = {n for n in objects - set(SHAPES) if not is_connection(n)}
    assert {n for n in unplanned if not n.endswith("Payload")} == {
        "Query",
        "Mutation",
        "Subscription",
        "Money",
        "UserError",
    }


def test_every_root_field_is_planned(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    assert set(schema.query_type.fields) == {*ROWS, *CONNECTIONS, "node"}
    implementing = schema.get_implementations(schema.type_map["Node"]).objects  # type: ignore[arg-type]
    assert {t.name for t in implementing} == {root.shape.type_name for root in NODES.values()}
