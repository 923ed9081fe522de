"""Outages as clients see them: a code of their own, and a status that says to come back."""

from collections.abc import Iterable

from graphql import GraphQLError

from models.adapters.outages import AWAY, is_outage
from models.rules.errors import ErrorCode, RateLimited, Unavailable


def as_outage(failure: BaseException | None) -> Unavailable | None:
    """The refusal that an outage comes to, wherever it was met; None for any other failure."""
    if isinstance(failure, Unavailable):
        return failure
    return Unavailable(AWAY) if failure is not None and is_outage(failure) else None


def outage_in(errors: Iterable[GraphQLError]) -> ErrorCode | None:
    """Why a request was not answered whole, if that is no fault of the client's.

    An outcome that is not known comes first: whoever reads only one code has to ask again.
    """
    found = {
        outage.code
        for error in errors
        if (outage := as_outage(error.original_error)) and not isinstance(outage, RateLimited)
    }
    return max(found, key=lambda code: code is ErrorCode.OUTCOME_UNKNOWN, default=None)
