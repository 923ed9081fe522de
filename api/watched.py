"""An executor that counts what it runs: kind, outcome, time and cost."""

from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from functools import cache
from time import perf_counter

from graphql import GraphQLSchema

from api.context import Context
from api.documents import Documents, Operation, Prepared
from api.execution import Asked, Executor
from api.limits import Limits, measure
from api.metrics import (
    GRAPHQL_COST,
    GRAPHQL_SECONDS,
    GRAPHQL_UNPLANNED,
    SEEN,
    SUBSCRIPTIONS,
    Outcome,
    Seen,
    note_error,
)
from api.planner import Bounded
from models.rules.errors import BillingError

KEPT_COSTS = 2_000

# Finding a labelled figure takes longer than counting.
_cost_of = cache(GRAPHQL_COST.labels)
_seconds_of = cache(GRAPHQL_SECONDS.labels)


class WatchedExecutor(Executor):
    """Answers as every executor does, and notes what it answered, of what kind, and how."""

    def __init__(self, documents: Documents, limits: Limits) -> None:
        super().__init__(documents)
        self._costs = _Costs(documents.schema, limits)
        self._counted = 0

    def prepare(self, text: str, asked: Asked) -> Operation:
        """The operation that is asked for; raises BillingError, InvalidDocument."""
        began = perf_counter()
        operation = super().prepare(text, asked)
        seen = SEEN.get()
        if seen is None:  # a WebSocket carries many, each in a task of its own
            seen = Seen()
            SEEN.set(seen)
        node = operation.node
        seen.began, seen.kind = began, node.operation.value
        seen.name = node.name.value if node.name else ""
        seen.cost = self._costs.of(operation, asked)
        return operation

    async def run(self, operation: Operation, context: Context) -> bytes:
        """The response body of a query or mutation; raises what the executor raises."""
        seen = SEEN.get() or Seen()
        _cost_of(seen.kind).observe(seen.cost)
        try:
            return await super().run(operation, context)
        except BillingError as refused:
            note_error(refused.code)
            raise
        except Exception:
            seen.outcome = Outcome.FAILED
            raise
        finally:
            _seconds_of(seen.kind, seen.outcome).observe(perf_counter() - seen.began)
            self._count_unplanned()

    async def follow(self, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
        """The response bodies of a subscription; raises what its source raises."""
        seen = SEEN.get() or Seen()
        _cost_of(seen.kind).observe(seen.cost)
        SUBSCRIPTIONS.inc()
        try:
            async with aclosing(super().follow(operation, context)) as bodies:
                async for body in bodies:
                    yield body
        finally:
            SUBSCRIPTIONS.dec()

    def _count_unplanned(self) -> None:
        if self.unplanned != self._counted:
            GRAPHQL_UNPLANNED.inc(self.unplanned - self._counted)
            self._counted = self.unplanned


class _Costs:
    """What operations cost by the limits, worked out once for all requests of one shape."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        # Nearly all operations have the same size whatever their variables say.
        self._fixed: Bounded[int] = Bounded(KEPT_COSTS)
        self._varying: Bounded[int] = Bounded(KEPT_COSTS)

    def of(self, operation: Operation, asked: Asked) -> int:
        """The cost of an operation that was prepared."""
        prepared, name = operation.prepared, asked.operation_name
        cost = self._fixed.get((prepared.text, name))
        if cost is not None:
            return cost
        key = (prepared.text, prepared.size_key(name, asked.variables))
        return self._varying.get(key) or self._measured(prepared, asked, key)

    def _measured(self, prepared: Prepared, asked: Asked, key: Hashable) -> int:
        name = asked.operation_name
        measured = measure(prepared.document, name, asked.variables, self._schema, self._limits)
        if measured.page_variables:
            return self._varying.put(key, measured.cost)
        return self._fixed.put((prepared.text, name), measured.cost)
