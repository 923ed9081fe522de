"""A bill's identities in the schema."""

import strawberry

from api.money import Money
from api.planned import field


@strawberry.type(description="Two amounts of a bill that have to be equal, each summed by itself.")
class BillIdentity:
    """An identity; one name may stand for several statements."""

    name: str = field("Its name, I1 to I12.")
    statement: str = field("What has to hold, in words.")
    left: Money = field("What the statement is about.")
    right: Money = field("What it has to be.")
    difference: Money = field("Left less right.")
    is_held: bool = field("Whether the difference is 0.")
