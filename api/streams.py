"""Answers one after the other, whatever carries them: the part that both transports share."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from api.budgets import extended
from api.context import Context
from api.documents import InvalidDocument
from api.errors import refusal_body
from api.execution import Executor
from api.failures import bug, visible
from api.guard import GraphQLRequest
from models.adapters.tokens import TokenVerifier
from models.rules.errors import BillingError, Unauthenticated, Unavailable

# A token is looked at again that often: a key that was withdrawn ends what was begun with it.
RECHECK_SECONDS = 300.0


class Ended(Exception):
    """There will be no more answers, and why: errors as clients see them."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


def ended(refused: BillingError) -> Ended:
    """A refusal as the end of a stream."""
    return Ended(refusal_body(refused)["errors"])


async def answers(
    executor: Executor, asked: GraphQLRequest, context: Context
) -> AsyncGenerator[bytes, None]:
    """Response bodies: the one of a query or mutation, those of a subscription while it runs.

    Raises Ended for what is refused, and when something makes further answers impossible.
    """
    try:
        operation = await executor.prepare(asked, context.principal)
        spent = executor.spend(operation, context)
        if not operation.is_subscription:
            yield extended((await executor.run(operation, context)).body, spent)
            return
        async with aclosing(executor.follow(operation, context)) as bodies:
            async for body in bodies:
                yield extended(body, spent)
                spent = executor.spend(operation, context.at_present())
    except InvalidDocument as invalid:
        raise Ended([visible(error) for error in invalid.errors]) from invalid
    except BillingError as refused:
        raise ended(refused) from refused
    except Exception as failure:
        raise Ended([bug(failure)]) from failure


async def until_refused(
    token: str, verifier: TokenVerifier, clock: Callable[[], datetime]
) -> Unauthenticated:
    """Wait as long as a token holds; why it does not any more."""
    while True:
        try:
            left = (await verifier.remaining(token, now=clock())).total_seconds()
        except Unauthenticated as refused:
            return refused
        except Unavailable:
            left = RECHECK_SECONDS  # the issuer's keys cannot be read: what held goes on
        await asyncio.sleep(min(left, RECHECK_SECONDS))
