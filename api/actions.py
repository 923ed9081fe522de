"""What can be done with a bill, in the schema: so that a client draws its buttons."""

import strawberry

from api.enums import BillAction, ErrorCode
from api.planned import field


@strawberry.type(description="Something that can be done with a bill, and whether the viewer can.")
class AvailableAction:
    """A button."""

    action: BillAction = field("What could be done.")
    allowed: bool = field("Whether the viewer may do it to the bill as it is now.")
    reason_code: ErrorCode | None = field("Why it would be refused; null when it is allowed.")
    reason: str | None = field("The same for people; null when it is allowed.")
