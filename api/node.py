"""Relay's Node."""

import strawberry

from api.planned import field


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Relay's node."""

    id: strawberry.ID = field("An opaque id, unique across all types.")
