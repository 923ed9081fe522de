"""Outages as clients see them: a code of their own, and a status that says to come back."""

from collections.abc import Iterable

from graphql import GraphQLError

from models.adapters.outages import AWAY, is_outage, unavailable
from models.rules.errors import ErrorCode, RateLimited, Unavailable


def as_outage(failure: BaseException | None) -> Unavailable | None:
    """The refusal that an outage comes to, wherever it was met; None for any other failure."""
    if failure is None or isinstance(failure, Unavailable):
        return failure
    return unavailable(AWAY, failure) if is_outage(failure) else None


def outage_in(errors: Iterable[GraphQLError]) -> ErrorCode | None:
    """Why a request was not answered whole, if that is no fault of the client's.

    An outcome that is not known comes first: whoever reads only one code has to ask again.
    """
    found = {code for error in errors if (code := _outage_code(error.original_error))}
    return max(found, key=lambda code: code is ErrorCode.OUTCOME_UNKNOWN, default=None)


def _outage_code(failure: BaseException | None) -> ErrorCode | None:
    if isinstance(failure, Unavailable):
        return None if isinstance(failure, RateLimited) else failure.code
    return ErrorCode.UNAVAILABLE if failure is not None and is_outage(failure) else None
