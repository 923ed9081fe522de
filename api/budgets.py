"""How much each user may ask of one process: fields of objects, by the minute (R67).

A budget is a bucket that holds a minute's worth and fills evenly. What an operation asks for at
most is taken out before it runs, whatever then comes of it.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from api.bounded import Bounded
from models.rules.errors import RateLimited
from models.rules.principals import Principal

KEPT_BUDGETS = 10_000
MINUTE_SECONDS = 60


@dataclass(slots=True)
class _Bucket:
    """What was left at a time, in seconds since 1970."""

    left: float
    second: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What an operation has cost, and what is left, in fields of objects."""

    requested: int
    remaining: int
    per_minute: int

    def as_json(self) -> bytes:
        """The member `cost` of an answer's extensions."""
        return b'{"cost":{"requested":%d,"remaining":%d,"perMinute":%d}}' % (
            self.requested,
            self.remaining,
            self.per_minute,
        )


def extended(body: bytes, spent: Spent | None) -> bytes:
    """An answer, a JSON object, with what it has cost among its extensions."""
    if spent is None:
        return body
    return b'%b,"extensions":%b}' % (body[:-1], spent.as_json())


class Budgets:
    """The budgets of those who asked last; where `per_minute` is 0, nobody has one."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._kept: Bounded[Principal, _Bucket] = Bounded(KEPT_BUDGETS)

    def spend(self, who: Principal, cost: int, *, now: datetime) -> Spent | None:
        """Take the cost out of the user's budget; raises RateLimited when it is not there."""
        if not self._per_minute:
            return None
        second, whole = now.timestamp(), self._per_minute
        bucket = self._kept.get(who) or self._kept.put(who, _Bucket(whole, second))
        second = max(second, bucket.second)  # a clock that is set back fills nothing twice
        filled = (second - bucket.second) * whole / MINUTE_SECONDS
        left = min(float(whole), bucket.left + filled)
        bucket.left, bucket.second = left, second
        if cost > left:
            raise _limited(cost, left, whole)
        bucket.left = left - cost
        return Spent(cost, int(bucket.left), whole)


def _limited(cost: int, left: float, whole: int) -> RateLimited:
    if cost > whole:
        return RateLimited(
            f"This asks for {cost} fields of objects, more than the {whole} of a whole minute; ask"
            " for less at once.",
            seconds=MINUTE_SECONDS,
        )
    seconds = math.ceil((cost - left) * MINUTE_SECONDS / whole)
    return RateLimited(
        f"This asks for {cost} fields of objects, and {int(left)} of your {whole} a minute are"
        f" left; ask again in {seconds} s.",
        seconds=seconds,
    )
