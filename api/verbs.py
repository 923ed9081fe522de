"""How a mutation runs its verb: one transaction, refusals as `userErrors`."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from graphql import GraphQLResolveInfo

from api.context import Context, Info
from api.errors import UserError, user_error
from api.trees import read_node
from models.rules.errors import BillingError, ErrorCode, InvalidInput, Unavailable
from models.rules.ids import IdPrefix, parse_public_id

T = TypeVar("T")


class Payload(Protocol):
    """Every payload tells why nothing happened, if nothing did."""

    user_errors: list[UserError]


P = TypeVar("P", bound=Payload)


async def attempt(payload: P, verb: Callable[[], Awaitable[None]]) -> P:
    """Run `verb`, which fills in the payload; a refusal becomes its user error instead."""
    try:
        await verb()
    except Unavailable:
        raise  # not the user's to mend: an error of the whole request
    except BillingError as refused:
        payload.user_errors.append(user_error(refused))
    return payload


def row_id(text: str, prefix: IdPrefix, *path: str) -> int:
    """The row number in a public id of an input.

    Raises InvalidInput (INVALID_ID) for what is no id of this kind.
    """
    number = parse_public_id(text, prefix)
    if number is None:
        raise InvalidInput(
            f"{text[:40]!r} is no id of this kind; pass an id as it was given.",
            ErrorCode.INVALID_ID,
            path=path,
        )
    return number


async def read_back(info: Info, public_id: str | None) -> Any:
    """The object that a payload shows, as it is now, if the viewer may see it."""
    raw: GraphQLResolveInfo[Context] = info._raw_info
    return await read_node(raw, public_id)
