"""Answering one operation: planned where the engine can, in the ordinary executor elsewhere."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import ExecutionResult, GraphQLSchema, execute, subscribe

from api.answers import Answer, KeptAnswers
from api.argument_checks import bound_plans
from api.budgets import Budgets, Spent
from api.context import Context
from api.documents import Documents, Operation
from api.failures import masked
from api.guard import GraphQLRequest
from api.outages import outage_in
from api.persisted import PersistedDocuments
from api.planner import Planner, Plans
from api.turns import Task, Turns
from models.reads.engine.plans import NOTHING
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.principals import Principal

# In fields of objects: what a screen shows. More is read alone, so that nobody waits for it.
SHORT = 3_000
# The arguments of a shorter document are checked in no time.
LONG_CHARACTERS = 2_000


class Executor:
    """Answers operations on one schema; counts what the engine did not take."""

    def __init__(
        self,
        documents: Documents,
        persisted: PersistedDocuments,
        kept: KeptAnswers,
        budgets: Budgets,
    ) -> None:
        self._documents = documents
        self._budgets = budgets
        self._persisted = persisted
        self._planner = Planner(documents.schema)
        self._kept = kept
        self._turns = Turns()
        self.unplanned = 0

    @property
    def _schema(self) -> GraphQLSchema:
        return self._documents.schema

    def note_unplanned(self) -> None:
        """Count an operation that goes to the ordinary executor."""
        self.unplanned += 1

    def asked(self, sent: bytes) -> Operation | None:
        """The query that these bytes asked for before, if that is kept."""
        return self._documents.asked(sent)

    def keep_asked(self, sent: bytes, operation: Operation) -> None:
        """Remember that these bytes ask for a query."""
        self._documents.keep_asked(sent, operation)

    async def prepare(self, request: GraphQLRequest, who: Principal) -> Operation:
        """The operation that is asked for; raises BillingError, InvalidDocument."""
        documents = self._documents
        asked = (self._persisted.text(request), request.operation_name, request.variables)

        def found() -> Operation | None:
            return documents.operation(*asked) if documents.is_known(*asked) else None

        operation = None if request.is_large else found()
        if operation is None:
            read = partial(documents.read, documents.known(asked[0]), *asked)
            task = Task(read) if request.is_large else Task(read, found, asked[0])
            operation = documents.keep(await self._turns.take(who, task))
        self._persisted.register(request)
        return operation

    def spend(self, operation: Operation, context: Context) -> Spent | None:
        """Take what an operation costs out of the user's budget; raises RateLimited."""
        return self._budgets.spend(context.principal, operation.cost, now=context.now)

    async def run(self, operation: Operation, context: Context) -> Answer:
        """The answer to a query or mutation; raises InvalidInput for a subscription."""
        if operation.is_query:
            plans = await self._plans(operation, context)
            if plans is not None:
                return await self._planned(plans, operation, context)
        if operation.is_subscription:
            raise InvalidInput(
                "A subscription needs a stream: ask with `Accept: text/event-stream`, or over a"
                " WebSocket with the subprotocol graphql-transport-ws.",
                ErrorCode.BAD_REQUEST,
            )
        self.note_unplanned()
        await self._check(operation, context)
        result = await self._execute(operation, context)
        return Answer(_body(result), outage=outage_in(result.errors or ()))

    async def follow(self, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
        """The response bodies of a subscription; raises what its source raises."""
        await self._check(operation, context)
        begun = subscribe(
            self._schema,
            operation.prepared.document,
            context_value=context,
            variable_values=dict(operation.inputs),
            operation_name=operation.name,
            hide_suggestions=self._documents.hides,
        )
        source = await begun if isawaitable(begun) else begun
        if isinstance(source, ExecutionResult):
            yield _body(source)
            return
        async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", source)) as results:
            async for result in results:
                yield _body(result)

    async def _check(self, operation: Operation, context: Context) -> None:
        check = partial(bound_plans, self._schema, operation, context)
        is_long = len(operation.prepared.text) > LONG_CHARACTERS
        bound = await self._turns.take(context.principal, Task(check)) if is_long else check()
        for plan, values in bound:
            await context.db.require_readable(plan.sql, *values)

    async def _plans(self, operation: Operation, context: Context) -> Plans | None:
        who = context.principal
        found = partial(self._planner.kept, operation, who)
        plans = found()
        if plans is None:
            plan = partial(self._planner.plans, operation, context.db.dialect, who)
            plans = await self._turns.take(who, Task(plan, found, operation.shape))
            if plans is not None:
                self._planner.keep(operation, who, plans)
        return plans

    async def _planned(self, plans: Plans, operation: Operation, context: Context) -> Answer:
        who = context.principal
        if who.partner_id is None or not all(plan and plan.is_lasting for _, plan in plans):
            return await _run(plans, operation, context)
        key = (operation.identity, who.role, who.partner_id)
        kept = await self._kept.find(key, who.partner_id, now=context.now)
        if kept is not None:
            return kept
        answer = await _run(plans, operation, context)
        self._kept.keep(key, answer, now=context.now)
        return answer

    async def _execute(self, operation: Operation, context: Context) -> ExecutionResult:
        result = execute(
            self._schema,
            operation.prepared.document,
            context_value=context.for_verbs(),
            variable_values=dict(operation.inputs),
            operation_name=operation.name,
            hide_suggestions=self._documents.hides,
        )
        return result if isinstance(result, ExecutionResult) else await result


def _body(result: ExecutionResult) -> bytes:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [masked(error) for error in result.errors]
    return orjson.dumps(answer)


async def _run(plans: Plans, operation: Operation, context: Context) -> Answer:
    request = context.request(operation.values.coerced, is_short=operation.cost <= SHORT)
    if len(plans) == 1:
        key, plan = plans[0]
        told = await plan.run(context.db, request, plan.bind(request)) if plan else NOTHING
        return Answer(b'{"data":{"%b":%b}}' % (key.encode(), told.json), told.revision)
    # All are bound before one is run: an argument that is refused is refused for all.
    bound = [(plan, plan.bind(request)) for _, plan in plans if plan is not None]
    found = iter(
        await asyncio.gather(*(plan.run(context.db, request, values) for plan, values in bound))
    )
    parts = [(key.encode(), next(found) if plan else NOTHING) for key, plan in plans]
    members = b",".join(b'"%b":%b' % (key, told.json) for key, told in parts)
    # Each has its own statement: they hold together only where nothing has changed in between.
    revisions = {told.revision for _, told in parts}
    return Answer(b'{"data":{%b}}' % members, revisions.pop() if len(revisions) == 1 else None)
