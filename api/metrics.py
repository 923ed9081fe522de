"""What this API counts of the requests it answers, and what there is to tell of one of them."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram

from models.rules.errors import ErrorCode

HTTP_REQUESTS = Counter(
    "bills_http_requests", "Requests that were answered, by the beginning of their path.",
    ["route", "status"],
)  # fmt: skip
GRAPHQL_SECONDS = Histogram(
    "bills_graphql_seconds",
    "How long a query or mutation took, once it was understood.",
    ["operation", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
GRAPHQL_COST = Histogram(
    "bills_graphql_cost",
    "Fields of objects that an operation may ask for, as the limits count them.",
    ["operation"],
    buckets=(10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000),
)
GRAPHQL_UNPLANNED = Counter(
    "bills_graphql_unplanned",
    "Operations that the read engine did not take; every mutation is one.",
)
GRAPHQL_ERRORS = Counter("bills_graphql_errors", "Errors that clients were told.", ["code"])
USER_ERRORS = Counter("bills_user_errors", "Refused mutations (`userErrors`).", ["code"])
SUBSCRIPTIONS = Gauge(
    "bills_subscriptions_open", "Clients that listen now.", multiprocess_mode="livesum"
)

_OURS = frozenset({ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN})


class Outcome(StrEnum):
    """How an operation went: answered, refused to its client, or failed on our side."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(slots=True)
class Seen:
    """What may be told of an operation: kind, name and outcome; nothing that was asked for."""

    kind: str = ""
    name: str = ""
    outcome: Outcome = Outcome.OK


SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)


def count_error(code: ErrorCode | str) -> None:
    """Count an error that a client is told."""
    GRAPHQL_ERRORS.labels(str(code)).inc()
    note_error(code)


def count_user_error(code: ErrorCode) -> None:
    """Count the refusal of a mutation."""
    USER_ERRORS.labels(str(code)).inc()
    note_error(code)


def note_error(code: ErrorCode | str) -> None:
    """Note that the operation that is under way was refused, or has failed."""
    seen = SEEN.get()
    if seen is not None and seen.outcome is not Outcome.FAILED:
        seen.outcome = Outcome.FAILED if code in _OURS else Outcome.REFUSED
