"""Answering one request: planned where the engine can, in the ordinary executor elsewhere."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Self, TypeAlias, cast

import orjson
from graphql import (
    ArgumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    NameNode,
    StringValueNode,
    execute,
    get_named_type,
    subscribe,
)

from api.context import Context
from api.documents import Documents, InvalidDocument, Operation
from api.failures import masked, visible
from api.guard import GraphQLRequest
from api.picks import Picker
from api.planner import plan_root
from models.reads.engine.plans import Plan
from models.reads.roots import CONNECTIONS, NODES, ROWS
from models.rules.errors import ErrorCode, InvalidInput

PLANNED = {*ROWS, *CONNECTIONS, "node"}


Plans: TypeAlias = list[tuple[str, Plan | None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response body, and whether the operation ran at all."""

    body: bytes
    has_run: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """Operation name and raw variables of a request."""

    operation_name: str | None
    variables: dict[str, Any]

    @classmethod
    def of(cls, request: GraphQLRequest) -> Self:
        """What a request asks beside its document."""
        return cls(request.operation_name, dict(request.variables))


class Executor:
    """Answers requests against one schema; counts what the engine did not take."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.unplanned = 0

    async def answer(self, text: str, asked: Asked, context: Context) -> Answer:
        """The response to one request.

        Raises BillingError for what is refused before execution.
        """
        try:
            operation = self.prepare(text, asked)
        except InvalidDocument as invalid:
            errors = [visible(error) for error in invalid.errors]
            return Answer(orjson.dumps({"errors": errors}), has_run=False)
        return Answer(await self.run(operation, context))

    def prepare(self, text: str, asked: Asked) -> Operation:
        """The operation that is asked for; raises BillingError, InvalidDocument."""
        return self._documents.operation(text, asked.operation_name, asked.variables)

    async def run(self, operation: Operation, context: Context) -> bytes:
        """The response body of a query or mutation; raises InvalidInput for a subscription."""
        if operation.is_subscription:
            raise InvalidInput(
                "A subscription needs a stream: ask with `Accept: text/event-stream`, or over a"
                " WebSocket with the subprotocol graphql-transport-ws.",
                ErrorCode.BAD_REQUEST,
            )
        if operation.is_query:
            plans = self._plans(operation, context)
            if plans is not None:
                return await _run(plans, operation, context)
        self.unplanned += 1
        return await self._execute(operation, context)

    async def follow(self, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
        """The response bodies of a subscription; raises what its source raises."""
        name = operation.node.name
        begun = subscribe(
            self._documents.schema,
            operation.prepared.document,
            context_value=context,
            variable_values=dict(operation.inputs),
            operation_name=name.value if name else None,
        )
        source = await begun if isawaitable(begun) else begun
        if isinstance(source, ExecutionResult):
            yield _body(source)
            return
        async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", source)) as results:
            async for result in results:
                yield _body(result)

    def _plans(self, operation: Operation, context: Context) -> Plans | None:
        who = context.principal
        key = (*operation.shape(), who.role, who.partner_id is None)
        kept = self._documents.plans.get(key)
        if kept is not None:
            return kept
        schema = self._documents.schema
        picker = Picker(schema, operation.prepared.fragments, operation.values)
        assert schema.query_type is not None
        roots = picker.fields(schema.query_type, [operation.node.selection_set])
        if any(nodes[0].name.value not in PLANNED for nodes in roots.values()):
            return None
        asking = (context.db.dialect, who)
        plans = [(k, plan_root(schema, picker, (k, nodes), asking)) for k, nodes in roots.items()]
        return self._documents.plans.put(key, plans)

    async def _execute(self, operation: Operation, context: Context) -> bytes:
        result = execute(
            self._documents.schema,
            operation.prepared.document,
            context_value=context,
            variable_values=dict(operation.inputs),
            operation_name=operation.node.name.value if operation.node.name else None,
        )
        return _body(result if isinstance(result, ExecutionResult) else await result)


def _body(result: ExecutionResult) -> bytes:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [masked(error) for error in result.errors]
    return orjson.dumps(answer)


async def _run(plans: Plans, operation: Operation, context: Context) -> bytes:
    request = context.request(operation.values.coerced)
    if len(plans) == 1:
        key, plan = plans[0]
        value = await plan.run(context.db, request) if plan else b"null"
        return b'{"data":{"%b":%b}}' % (key.encode(), value)
    values = await asyncio.gather(
        *(plan.run(context.db, request) for _, plan in plans if plan is not None)
    )
    found = iter(values)
    members = (b'"%b":%b' % (key.encode(), next(found) if plan else b"null") for key, plan in plans)
    return b'{"data":{%b}}' % b",".join(members)


async def resolve_root(_source: Any, info: GraphQLResolveInfo[Context], **_arguments: Any) -> Any:
    """Resolve a planned field of Query in the ordinary executor: as one tree."""
    return await _tree(info, info.field_nodes)


async def read_node(info: GraphQLResolveInfo[Context], public_id: str | None) -> Any:
    """Resolve a payload's object: the selection below `info`'s field, of the node with this id."""
    if public_id is None or not _names(public_id, get_named_type(info.return_type).name):
        return None
    return await _tree(info, [_as_node(node, public_id) for node in info.field_nodes])


def _names(public_id: str, type_name: str) -> bool:
    root = NODES.get(public_id.partition("_")[0])
    return root is not None and root.shape.type_name == type_name


def _as_node(node: FieldNode, public_id: str) -> FieldNode:
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
    return orjson.loads(await plan.run(context.db, request))


def install_roots(schema: GraphQLSchema) -> None:
    """Let the ordinary executor resolve planned fields of Query as trees."""
    query = schema.query_type
    assert isinstance(query, GraphQLObjectType)
    for name in PLANNED:
        query.fields[name].resolve = resolve_root
