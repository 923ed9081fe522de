"""Disputes in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.charges import Charge
from api.connections import DEFAULT_PAGE, Connection
from api.enums import DisputeStatus, Role
from api.node import Node
from api.planned import field, planned
from api.scalars import Cursor, DateTime

if TYPE_CHECKING:
    from api.bills import Bill


@strawberry.type(description="Something that was said about a dispute.")
class DisputeMessage:
    """A message of a thread."""

    id: strawberry.ID = field("An opaque id.")
    author: str = field("Who wrote it.")
    role: Role = field("What that person was: the partner's or the vendor's.")
    text: str = field("The text, as it was written.")
    written_at: DateTime = field("When it was written.")


@strawberry.type(description="A question about a bill, or about single lines of it.")
class Dispute(Node):
    """A dispute (R31)."""

    bill: Annotated[Bill, strawberry.lazy("api.bills")] = field("The bill.")
    version: int = field("The version of the bill that is questioned.")
    status: DisputeStatus = field("What became of it.")
    opened_by: str = field("Who asked.")
    opened_at: DateTime = field("When it was asked.")
    closed_by: str | None = field("Who answered or withdrew it; null while it is open.")
    closed_at: DateTime | None = field("When it was over; null while it is open.")
    resolved_version: int | None = field(
        "The version of the bill that answers it; null unless it was accepted, and where all that"
        " changed went on to the next bill, as less would have been owed than was paid already."
    )
    charges: list[Charge] = field("The lines that it is about, at most 100; none: the whole bill.")

    @planned
    def thread(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[DisputeMessage]:
        """What was said, oldest first; the question is the first message."""
