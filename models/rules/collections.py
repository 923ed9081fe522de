"""Collecting a payment through a gateway: what follows from what the gateway says (rule 13).

    PENDING          it was, or will be, asked to collect
    UNKNOWN          it gave no answer: the money may have moved, so nobody pays a second time
    REQUIRES_ACTION  the payer has to agree at the bank's page
    FAILED           it will not be collected; the bills are free again
    SUCCEEDED        the money is here
    REVERSED         the money went back

Messages may come in any order, late, or twice. Money counts once when it arrives and once when it
goes back, whatever the order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from models.rules.money import EXACT, exact_sum
from models.rules.states import PaymentOutcome

PENDING, UNKNOWN, REQUIRES_ACTION = (
    PaymentOutcome.PENDING,
    PaymentOutcome.UNKNOWN,
    PaymentOutcome.REQUIRES_ACTION,
)
SUCCEEDED, FAILED, REVERSED = (
    PaymentOutcome.SUCCEEDED,
    PaymentOutcome.FAILED,
    PaymentOutcome.REVERSED,
)
# The bills of these are reserved: something may still be collected for them.
IN_PROGRESS = frozenset({PENDING, UNKNOWN, REQUIRES_ACTION})


class GatewayWord(StrEnum):
    """What a gateway says of a payment, or that it says nothing."""

    PROCESSING = "PROCESSING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    GIVEN_BACK = "GIVEN_BACK"
    NO_ANSWER = "NO_ANSWER"


_ARRIVED = (SUCCEEDED,)
_ARRIVED_AND_WENT = (SUCCEEDED, REVERSED)

# What is not in here changes nothing. A payment that failed may still be told to have succeeded:
# messages overtake each other, and money that arrived is never ignored.
MOVES: dict[tuple[PaymentOutcome, GatewayWord], tuple[PaymentOutcome, ...]] = {
    (PENDING, GatewayWord.REQUIRES_ACTION): (REQUIRES_ACTION,),
    (PENDING, GatewayWord.SUCCEEDED): _ARRIVED,
    (PENDING, GatewayWord.FAILED): (FAILED,),
    (PENDING, GatewayWord.NO_ANSWER): (UNKNOWN,),
    (PENDING, GatewayWord.GIVEN_BACK): _ARRIVED_AND_WENT,
    (UNKNOWN, GatewayWord.PROCESSING): (PENDING,),
    (UNKNOWN, GatewayWord.REQUIRES_ACTION): (REQUIRES_ACTION,),
    (UNKNOWN, GatewayWord.SUCCEEDED): _ARRIVED,
    (UNKNOWN, GatewayWord.FAILED): (FAILED,),
    (UNKNOWN, GatewayWord.GIVEN_BACK): _ARRIVED_AND_WENT,
    (REQUIRES_ACTION, GatewayWord.PROCESSING): (PENDING,),
    (REQUIRES_ACTION, GatewayWord.SUCCEEDED): _ARRIVED,
    (REQUIRES_ACTION, GatewayWord.FAILED): (FAILED,),
    (REQUIRES_ACTION, GatewayWord.GIVEN_BACK): _ARRIVED_AND_WENT,
    (FAILED, GatewayWord.SUCCEEDED): _ARRIVED,
    (FAILED, GatewayWord.GIVEN_BACK): _ARRIVED_AND_WENT,
    (SUCCEEDED, GatewayWord.GIVEN_BACK): (REVERSED,),
}


def payment_moves(status: PaymentOutcome, word: GatewayWord) -> tuple[PaymentOutcome, ...]:
    """The statuses that a payment goes through upon `word`, in order; often none."""
    return MOVES.get((status, word), ())


ASK_AGAIN = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(days=1),
)
# Nobody waits longer for the payer or the gateway: what was not collected by then is called off.
PATIENCE = timedelta(days=1)


def next_ask(attempts: int, now: datetime) -> datetime:
    """When the gateway is asked again, after it was asked that often (at least once)."""
    return now + ASK_AGAIN[min(attempts, len(ASK_AGAIN)) - 1]


def is_out_of_time(ordered_at: datetime, now: datetime) -> bool:
    """Whether a payment that was ordered then is to be called off rather than brought forward."""
    return now - ordered_at >= PATIENCE


@dataclass(frozen=True, slots=True)
class Landing:
    """Where collected money goes: a part to each bill, ≥ 0, and the rest to the deposit account."""

    parts: tuple[tuple[int, Decimal], ...]
    surplus: Decimal

    @property
    def allocated(self) -> Decimal:
        """What went to bills."""
        return exact_sum(part for _, part in self.parts)


def land(planned: Sequence[tuple[int, Decimal]], rooms: Mapping[int, Decimal]) -> Landing:
    """Put the planned parts on their bills, as far as these still have room (I6).

    `rooms` is what is outstanding on each bill. Nothing is lost: allocated + surplus = Σ planned.
    """
    parts = tuple((bill, min(part, rooms[bill])) for bill, part in planned)
    taken = exact_sum(part for _, part in parts)
    return Landing(parts, EXACT.subtract(exact_sum(part for _, part in planned), taken))


def gateway_key(payment: str, ordered_at: datetime) -> str:
    """The key under which a gateway knows a payment; `payment` is its public id.

    With the instant, as row numbers begin again in a new database, and the gateway remembers.
    """
    return f"{payment}-{ordered_at:%Y%m%dT%H%M%S%f}"


def collect_key(payment_id: int, attempt: int) -> str:
    """The key of the job that asks the gateway for the n-th time, from 1."""
    return f"collect:{payment_id}:{attempt}"


def refund_key(payment_id: int) -> str:
    """The key of the job that has a reversed payment sent back."""
    return f"refund:{payment_id}"
