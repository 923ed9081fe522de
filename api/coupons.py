"""Coupons and taxes in the schema."""

import strawberry

from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import Date, DateTime, Decimal, Month


@strawberry.type(description="Money that the vendor gives towards bills, for a time.")
class Coupon(Node):
    """A cash coupon; bills use it by themselves, the oldest expiry first."""

    name: str = field("What it is called.")
    amount: Money = field("What it was worth when it was granted.")
    used: Money = field("What the current versions of bills use of it, 0 or positive.")
    balance: Money = field("What is left of it.")
    valid_from: Date = field("The first local day on which it counts.")
    valid_until: Date = field("The last local day on which it counts.")
    granted_at: DateTime = field("When it was granted.")


@strawberry.type(description="A tax that a partner's bills carry.")
class TaxComponent:
    """A tax component, rounded once for each bill."""

    name: str = field("What it is called.")
    rate: Decimal = field("The fraction of settlement less coupons: 0.06 is 6 %.")
    is_taken_of_negative: bool = field("Whether it is taken of a negative amount, too.")
    first_cycle: Month = field("The first cycle whose bill carries it.")
    last_cycle: Month | None = field("The last such cycle; null while no end is set.")
