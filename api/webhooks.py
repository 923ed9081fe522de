"""Events and webhooks in the schema."""

import strawberry

from api.enums import EventType, WebhookStatus
from api.node import Node
from api.planned import field
from api.scalars import DateTime


@strawberry.type(description="Something that happened to a partner's bills, payments or files.")
class Event(Node):
    """An event."""

    type: EventType = field("What happened.")
    object_id: strawberry.ID = field("What it happened to.")
    data: str = field("What receivers get as `data`: a JSON object as text.")
    occurred_at: DateTime = field("When it happened.")


@strawberry.type(
    description="An address that is told of events, by signed messages (Standard Webhooks)."
)
class WebhookEndpoint(Node):
    """An endpoint."""

    url: str = field(
        "Where messages are posted; without its path, which may be secret, for roles that may not"
        " MANAGE_WEBHOOKS."
    )
    event_types: list[EventType] = field("What it is told of.")
    is_enabled: bool = field("Whether it is told of anything; ended by an answer of 410, too.")
    created_by: str = field("Who made it.")
    created_at: DateTime = field("When it was made.")
    former_secret_until: DateTime | None = field(
        "Until when messages carry a signature by the former secret as well; null when they do not."
    )


@strawberry.type(description="A message about one event for one endpoint, and what became of it.")
class WebhookDelivery(Node):
    """A delivery."""

    event: Event = field("What it tells of; the event's id is the message's `webhook-id`.")
    endpoint: WebhookEndpoint = field("Where it goes.")
    status: WebhookStatus = field("What became of it.")
    attempts: int = field("How often it was posted.")
    response_status: int | None = field("The last answer's HTTP status; null when there was none.")
    failure: str | None = field("Why it did not arrive the last time; null when it did.")
    created_at: DateTime = field("When it was put in.")
    attempted_at: DateTime | None = field("When it was posted last; null before the first time.")
    next_attempt_at: DateTime | None = field("When it is posted next; null when it is not.")
    delivered_at: DateTime | None = field("When it was taken; null until then.")
