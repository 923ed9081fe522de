"""Errors as clients see them: refusals as they are, bugs masked under an id."""

import re
import uuid
from typing import Any

import structlog
from graphql import GraphQLError

from api.metrics import count_error
from api.outages import as_outage
from models.rules.errors import BillingError, ErrorCode

log = structlog.get_logger(__name__)

# How graphql-core quotes what was sent, and what is left of that: the place and the reason stay.
_QUOTING = (
    (re.compile(r"(cannot represent [\w -]*value): .*", re.DOTALL), r"\1."),
    (re.compile(r"[,.?]? ?[Ff]ound: .*", re.DOTALL), "."),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "This value does not exist"),
    (re.compile(r"\b((?:Block)?String) '.*'", re.DOTALL), r"\1"),
)


def visible(error: GraphQLError) -> dict[str, Any]:
    """A document's or variable's error, with its own code where it has one."""
    shown = dict(error.formatted)
    code = _code(error) or ErrorCode.VALIDATION_FAILED.value
    count_error(code)
    shown["message"] = untold(str(shown["message"]))[:500]
    shown["extensions"] = {"code": code}
    return shown


def untold(message: str) -> str:
    """The message without the value it quotes, which may be somebody's name or credentials.

    Answers end up in the logs of clients and of whatever is between.
    """
    for quoting, kept in _QUOTING:
        message = quoting.sub(kept, message)
    return message


def masked(error: GraphQLError) -> dict[str, Any]:
    """An error of execution: a refusal as it is, anything else under an id that the log knows."""
    original = as_outage(error.original_error) or error.original_error
    shown = dict(error.formatted)
    if isinstance(original, BillingError):
        code, shown["message"] = original.code.value, original.message
    elif original is not None and not _code(error):
        return shown | bug(original)
    else:
        code = _code(error) or ErrorCode.VALIDATION_FAILED.value
    count_error(code)
    return shown | {"extensions": {"code": code}}


def bug(failure: BaseException) -> dict[str, Any]:
    """The public side of an unexpected failure; the private side is logged once."""
    error_id = uuid.uuid4().hex[:12]
    count_error(ErrorCode.INTERNAL)
    log.error("request_failed", error_id=error_id, exc_info=failure)
    return {
        "message": f"Something went wrong on our side. Please name {error_id} when you ask.",
        "extensions": {"code": ErrorCode.INTERNAL.value, "errorId": error_id},
    }


def _code(error: GraphQLError) -> str | None:
    here: BaseException | None = error
    while here is not None:
        if isinstance(here, BillingError):
            return here.code.value
        code = getattr(here, "extensions", None) or {}
        if isinstance(here, GraphQLError) and "code" in code:
            return str(code["code"])
        here = getattr(here, "original_error", None) or here.__cause__
    return None
