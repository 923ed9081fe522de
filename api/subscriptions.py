"""What a client can be told of as it happens.

A source yields public ids; the selection is read anew for each, as whoever listens, at that time.
So what a listener may no longer see is not shown, whatever was allowed when it began to listen.
"""

from collections.abc import AsyncGenerator
from typing import Any, TypeAlias

import strawberry
from graphql import GraphQLResolveInfo, GraphQLSchema

from api.bills import Bill
from api.context import Context, Info
from api.exports import ExportJob
from api.trees import read_node
from models.reads.changes import is_visible_partner, visible_export
from models.rules.errors import InvalidInput
from models.rules.exports import UNFINISHED
from models.rules.ids import IdPrefix, parse_public_id
from models.rules.principals import Principal

# None stands for what is not there, or not the viewer's to see.
PublicIds: TypeAlias = AsyncGenerator[str | None, None]


@strawberry.type(description="What a client can be told of as it happens; the latest state counts.")
class Subscription:
    """Root subscriptions; another partner's id answers exactly like one that does not exist."""

    @strawberry.subscription(
        graphql_type=ExportJob | None,
        description="An export as it is now, again whenever it changed, until it is finished. Null,"
        " and the end, when there is none that the viewer may see.",
    )
    async def export_progress(self, info: Info, export_id: strawberry.ID) -> PublicIds:
        """Follow an export."""
        context, number = info.context, parse_public_id(export_id, IdPrefix.EXPORT)
        if number is None or await _export_status(context, number) is None:
            yield None
            return
        async with context.changes.of_export(number, context.principal) as changes:
            context.is_listening.set()
            while True:
                # Read before the export itself is: what is shown is then at least as new.
                status = await _export_status(context, number)
                yield None if status is None else export_id
                if status not in UNFINISHED:
                    return
                await changes.next()

    @strawberry.subscription(
        graphql_type=Bill | None,
        description="A bill of the partner as it is now, whenever there is an event (`EventType`)"
        " about it, about a dispute of it or about a payment of it. Users of a partner need not"
        " name it. Null, and the end, when there is no such partner that the viewer may see.",
    )
    async def bill_changed(self, info: Info, partner_id: strawberry.ID | None = None) -> PublicIds:
        """Follow the bills of a partner."""
        context = info.context
        number = _partner_number(context.principal, partner_id)
        if number is None or not await _sees(context, number):
            yield None
            return
        async with context.changes.of_bills(number, context.principal) as changes:
            context.is_listening.set()
            while True:
                bill_id = await changes.next()
                if not await _sees(context, number):
                    yield None
                    return
                yield bill_id


async def _export_status(context: Context, export_id: int) -> Any:
    return await visible_export(context.db, context.principal, export_id)


async def _sees(context: Context, partner_id: int) -> bool:
    return await is_visible_partner(context.db, context.principal, partner_id)


def _partner_number(principal: Principal, partner_id: str | None) -> int | None:
    if partner_id is not None:
        return parse_public_id(partner_id, IdPrefix.PARTNER)
    if principal.partner_id is None:
        raise InvalidInput("Name the partner whose bills to follow.", path=("partnerId",))
    return principal.partner_id


async def _read(public_id: str | None, info: GraphQLResolveInfo[Context], **_arguments: Any) -> Any:
    return await read_node(info._replace(context=info.context.at_present()), public_id)


def install_subscriptions(schema: GraphQLSchema) -> None:
    """Let each id that a source yields be answered by the object as it is then."""
    assert schema.subscription_type is not None
    for field in schema.subscription_type.fields.values():
        field.resolve = _read
