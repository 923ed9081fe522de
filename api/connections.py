"""Relay connections, forward only: edges, nodes, pageInfo, totalCount."""

from typing import Generic, TypeVar

import strawberry

from api.planned import field
from api.scalars import Cursor

T = TypeVar("T")

DEFAULT_PAGE = 20
# Pages larger than the usual 100, where one screen or one file really shows them.
LARGER_PAGES = {
    "Bill.customers": 500,
    "Bill.products": 500,
    "BillCustomer.productLines": 500,
    "BillDiff.lines": 500,
    "BillVersion.customers": 500,
    "BillVersion.productLines": 500,
    "UnassignedAmounts.productLines": 500,
}
# How many items other lists have, where that is known better; those of a tree are counted there.
LISTS = {"BillingCalendar.entries": 80, "Explanation.addends": 1}
# How many objects a level of a tree has at most, for each that `first` asks for: an explanation has
# the largest lines of five addends, what the others come to, and a few sums and rules.
TREES = {"Bill.explain": 6}


@strawberry.type(description="Where a page lies in its connection.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = field("Whether rows follow this page.")
    has_previous_page: bool = field("Whether rows precede this page.")
    start_cursor: Cursor | None = field("The first row's cursor; null when the page is empty.")
    end_cursor: Cursor | None = field("The last row's cursor; null when the page is empty.")


@strawberry.type(description="A row and its position.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: Cursor = field("The row's position, for `after`.")
    node: T = field("The row.")


@strawberry.type(description="A page of rows.")
class Connection(Generic[T]):
    """Relay's connection."""

    edges: list[Edge[T]] = field("The rows of this page with their cursors.")
    nodes: list[T] = field("The rows of this page.")
    page_info: PageInfo = field("Where this page lies.")
    total_count: int = field("How many rows the connection has, over all pages.")


def is_connection(name: str) -> bool:
    """Whether a GraphQL type name is a connection or one of its parts."""
    return name == "PageInfo" or name.endswith(("Connection", "Edge"))
