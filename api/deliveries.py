"""Deliveries in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.enums import DeliveryKind, DeliveryStatus
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import BigInt, Date, DateTime, Month
from api.storage import StorageDestination

if TYPE_CHECKING:
    from api.bills import Bill

From = Annotated[Date, strawberry.argument(name="from", description="The first local day.")]
To = Annotated[
    Date,
    strawberry.argument(
        name="to", description="The last local day, included; 366 days at most in all."
    ),
]


@strawberry.type(description="A file that is due in a partner's bucket, and what became of it.")
class Delivery(Node):
    """A delivery."""

    kind: DeliveryKind = field("What it is about.")
    account: str = field(
        "The account whose charges are in it; for a customers' bill, the partner's first one."
    )
    cycle: Month = field("The billing cycle that it is of.")
    first_day: Date = field("The first local day that it covers.")
    last_day: Date = field("The last local day that it covers.")
    is_provisional: bool = field(
        "Whether no bill stands behind it, so that it may well change: true for a day, and for a"
        " month until all its bills are issued. It is of the moment when the file was made."
    )
    due_at: DateTime = field(
        "From when on it is delivered; while the bill is not confirmed, the earliest that can be."
    )
    status: DeliveryStatus = field("What became of it.")
    attempts: int = field("How often it was begun.")
    failure: str | None = field("Why it is not delivered; null when nothing went wrong.")
    attempted_at: DateTime | None = field("When it was begun last; null before the first time.")
    next_attempt_at: DateTime | None = field("When it is begun next; null when it is not.")
    delivered_at: DateTime | None = field("When file and manifest were there; null until then.")
    destination: StorageDestination | None = field(
        "The bucket it went to, or was last to go to; null before the first attempt."
    )
    file_name: str | None = field("The file's name in the bucket; null before the first attempt.")
    object_key: str | None = field(
        "Where it is in the bucket; its manifest is beside it, with `.manifest.json` after the"
        " name. Null until it is delivered."
    )
    rows: BigInt | None = field("How many rows it has; null until it is delivered.")
    size_bytes: BigInt | None = field("Its size in bytes; null until it is delivered.")
    sha256: str | None = field("SHA-256 of the file; null until it is delivered.")
    control_sums: list[Money] = field(
        "What its rows add up to, by currency; empty until it is delivered."
    )
    bill: Annotated[Bill, strawberry.lazy("api.bills")] | None = field(
        "The customers' bill that it is of; null for the own accounts."
    )
    asked_by: str | None = field("Who asked for it last; null for the schedule.")


@strawberry.type(description="A file that was due in the bucket and is not there.")
class DeliveryGap:
    """A gap."""

    kind: DeliveryKind = field("What it is about.")
    account: str = field("The account whose charges are missing.")
    cycle: Month = field("The billing cycle that it is of.")
    day: Date = field("The local day on which it was due.")
    due_at: DateTime = field("The instant at which it was due.")
    status: DeliveryStatus | None = field(
        "What became of it; null when no worker has got to its day yet."
    )
    reason: str = field("Why it is missing, in a sentence.")
    delivery_id: strawberry.ID | None = field(
        "The delivery, for `delivery`; null when there is none yet."
    )
