"""The reference: the ordinary executor, in which every field of every object is read by itself.

Nothing of what makes the read engine fast is used: graphql-core merges selections, applies
directives, coerces arguments and completes values; each field's value is then read alone, along the
one path from the root that leads to it. Where a single field comes from is all that both share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, TypeAlias

import orjson
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute,
    get_named_type,
    is_leaf_type,
    parse,
)

from api.connections import is_connection
from api.context import Context
from api.schema import build_schema
from models.reads.engine.compiler import Compiler, compile_row
from models.reads.engine.pages import compile_connection
from models.reads.engine.picks import Constant, Pick
from models.reads.engine.plans import Plan
from models.reads.roots import CONNECTIONS, NODES, ROWS, SHAPES

# A field with its arguments, or a place in a list.
Step: TypeAlias = "tuple[str, tuple[tuple[str, Any], ...]] | int"


@dataclass(frozen=True)
class Found:
    """An object: the steps that lead to it from the root, and its type."""

    steps: tuple[Step, ...]
    type_name: str


def resolving_schema() -> GraphQLSchema:
    """Our schema, with a resolver of the reference at every field that is planned."""
    schema = build_schema()._schema
    planned = {"Query", "Money", *SHAPES, *filter(is_connection, schema.type_map)}
    for name in planned:
        parent = schema.type_map[name]
        assert isinstance(parent, GraphQLObjectType)
        for each in parent.fields.values():
            each.resolve = _resolve
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    node.resolve_type = lambda found, *_: found.type_name
    return schema


@dataclass
class Reference:
    """Executes documents for one request."""

    context: Context
    schema: GraphQLSchema = field(default_factory=resolving_schema)
    read: int = 0
    _known: dict[str, Any] = field(default_factory=dict)

    async def answer(self, text: str, variables: Mapping[str, Any]) -> Any:
        """The answer as JSON: data, and errors by code and path."""
        result = execute(
            self.schema, parse(text), context_value=self, variable_values=dict(variables)
        )
        return await result if isawaitable(result) else result

    async def value(self, steps: tuple[Step, ...], below: tuple[Pick, ...]) -> Any:
        """What is at the end of the steps, with `below` picked of it where it is an object."""
        asked = repr((steps, below))
        if asked not in self._known:
            self.read += 1
            self._known[asked] = await self._read(steps, below)
        return self._known[asked]

    async def _read(self, steps: tuple[Step, ...], below: tuple[Pick, ...]) -> Any:
        plan = self._plan(_pick(steps, below))
        if plan is None:
            return None
        request = self.context.request({})
        told = await plan.run(self.context.db, request, plan.bind(request))
        return _walk({_name(steps[0]): orjson.loads(told.json)}, steps)

    def _plan(self, pick: Pick) -> Plan | None:
        compiler = Compiler(self.context.db.dialect, SHAPES, self.context.principal)
        if pick.name in CONNECTIONS:
            return compile_connection(compiler, CONNECTIONS[pick.name], pick)
        root = ROWS.get(pick.name)
        if root is None:
            argument = pick.arguments["id"]
            assert isinstance(argument, Constant)
            root = NODES.get(str(argument.value).partition("_")[0])
        return None if root is None else compile_row(compiler, root, pick)


def _pick(steps: tuple[Step, ...], below: tuple[Pick, ...]) -> Pick:
    fields = [step for step in steps if not isinstance(step, int)]
    for name, arguments in reversed(fields):
        constants = {key: Constant(value) for key, value in arguments}
        below = (Pick(name, name, constants, below),)
    return below[0]


def _name(step: Step) -> str:
    assert not isinstance(step, int)
    return step[0]


def _walk(value: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        value = value[step if isinstance(step, int) else step[0]]
        if value is None:
            return None
    return value


async def _resolve(
    source: Found | None, info: GraphQLResolveInfo[Reference], **arguments: Any
) -> Any:
    step = (info.field_name, tuple(sorted(arguments.items())))
    steps = (*(source.steps if source else ()), step)
    named = get_named_type(info.return_type)
    if is_leaf_type(named):
        return await info.context.value(steps, ())
    found = await info.context.value(steps, (Pick("__typename", "__typename"),))
    if isinstance(found, list):
        return [Found((*steps, n), each["__typename"]) for n, each in enumerate(found)]
    return None if found is None else Found(steps, found["__typename"])
