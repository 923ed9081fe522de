"""An executor that counts what it runs: kind, outcome, time and cost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from time import perf_counter

from api.answers import Answer
from api.context import Context
from api.documents import Operation
from api.execution import Executor
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
from models.rules.errors import BillingError

# Finding a labelled figure takes longer than counting.
_cost_of = cache(GRAPHQL_COST.labels)
_seconds_of = cache(GRAPHQL_SECONDS.labels)


class WatchedExecutor(Executor):
    """Answers as every executor does, and notes what it answered, of what kind, and how."""

    async def run(self, operation: Operation, context: Context) -> Answer:
        """The answer to a query or mutation; raises what the executor raises."""
        began, seen = perf_counter(), _seen(operation)
        try:
            return await super().run(operation, context)
        except BillingError as refused:
            note_error(refused.code)
            raise
        except Exception:
            seen.outcome = Outcome.FAILED
            raise
        finally:
            _seconds_of(seen.kind, seen.outcome).observe(perf_counter() - began)

    def note_unplanned(self) -> None:
        """Count it for whoever looks at figures, too."""
        super().note_unplanned()
        GRAPHQL_UNPLANNED.inc()

    async def follow(self, operation: Operation, context: Context) -> AsyncGenerator[bytes, None]:
        """The response bodies of a subscription; raises what its source raises."""
        _seen(operation)
        SUBSCRIPTIONS.inc()
        try:
            async with aclosing(super().follow(operation, context)) as bodies:
                async for body in bodies:
                    yield body
        finally:
            SUBSCRIPTIONS.dec()


def _seen(operation: Operation) -> Seen:
    """What is to be told of the request, now that it is known what it asks; its cost is counted."""
    seen = SEEN.get()
    if seen is None:  # a WebSocket carries many, each in a task of its own
        seen = Seen()
        SEEN.set(seen)
    seen.kind, seen.name = operation.kind, operation.name or ""
    _cost_of(seen.kind).observe(operation.cost)
    return seen
