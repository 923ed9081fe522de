"""The schema: `python -m api.schema` prints it."""

import argparse
import sys
from typing import Annotated

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.bills import Bill
from api.calendar import BillingCalendar
from api.connections import DEFAULT_PAGE, Connection, is_connection
from api.deliveries import Delivery
from api.diffs import BillDiff
from api.mutations import Mutation
from api.node import Node
from api.partners import Partner, Viewer
from api.planned import planned, resolve_by_key
from api.scalars import SCALARS, Cursor, Month
from api.subscriptions import Subscription, install_subscriptions
from api.trees import install_roots
from models.reads.roots import SHAPES


@strawberry.type(description="Where every question starts.")
class Query:
    """Root fields; another partner's id answers exactly like one that does not exist."""

    @planned
    def viewer(self) -> Viewer:
        """Who is asking, and what they may do."""

    @planned
    def partner(self, id: strawberry.ID) -> Partner | None:
        """A partner; null when there is none that the viewer may see."""

    @planned
    def partners(
        self, first: int = DEFAULT_PAGE, after: Cursor | None = None
    ) -> Connection[Partner]:
        """The partners whom the viewer may see, in the order of registration."""

    @planned
    def bill(self, id: strawberry.ID) -> Bill | None:
        """A bill; null when there is none that the viewer may see."""

    @planned
    def bill_diff(
        self,
        bill_id: strawberry.ID,
        from_: Annotated[int, strawberry.argument(name="from")],
        to: int,
    ) -> BillDiff | None:
        """What changed between two versions of a bill; null when one of them is not there."""

    @planned
    def billing_calendar(
        self, cycle: Month, partner_id: strawberry.ID | None = None
    ) -> BillingCalendar | None:
        """A cycle's dates, for the viewer's partner or the one named; null without such a one."""

    @planned
    def delivery(self, id: strawberry.ID) -> Delivery | None:
        """A file for a partner's bucket; null when there is none that the viewer may see."""

    @planned
    def node(self, id: strawberry.ID) -> Node | None:
        """Anything with an id; null when there is none that the viewer may see."""


def build_schema() -> strawberry.Schema:
    """The schema, with planned fields wired to the read engine."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
    core = schema._schema
    planned_types = {*SHAPES, "Money", *filter(is_connection, core.type_map)}
    resolve_by_key(core, planned_types)
    install_roots(core)
    install_subscriptions(core)
    return schema


def schema_text() -> str:
    """The schema as it is published in schema.graphql."""
    return build_schema().as_str().rstrip("\n") + "\n"


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="run.py schema", description="Print the schema, as it stands in schema.graphql."
    ).parse_args()
    sys.stdout.write(schema_text())
