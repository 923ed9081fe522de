"""The audit trail in the schema."""

from typing import Annotated

import strawberry

from api.enums import Role
from api.planned import field
from api.scalars import DateTime

Since = Annotated[
    DateTime | None, strawberry.argument(name="from", description="Only from this instant on.")
]
Until = Annotated[
    DateTime | None, strawberry.argument(name="to", description="Only before this instant.")
]


@strawberry.type(description="A fact or reason that stands on an audit entry; no personal data.")
class AuditDetail:
    """A detail of an act."""

    name: str = field("What it is; dots lead into what is nested, as in `bills.bil_7`.")
    value: str = field("Its value as text.")


@strawberry.type(description="Who did what to what, when, and why; never changed, never deleted.")
class AuditEntry:
    """An entry of the audit trail (R60)."""

    id: strawberry.ID = field("An opaque id.")
    at: DateTime = field("When it was done.")
    subject: str = field("The user who did it, as the identity provider names them, or `system`.")
    role: Role | None = field("The role in which it was done; null for the system.")
    action: str = field("What was done, such as CONFIRM_BILL.")
    object_id: strawberry.ID = field("What it was done to.")
    details: list[AuditDetail] = field("Facts and reasons, in the order of their names.")
