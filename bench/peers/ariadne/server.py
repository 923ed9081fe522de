"""Ariadne as its documentation recommends for speed, and a little beyond.

Rows as they come with resolvers by attribute left out, DataLoaders, caches for parsing and
validation, asyncpg, orjson.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache, partial

import graphql
import orjson
from aiodataloader import DataLoader
from ariadne import ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from rows import BILL, BILLS, PARTNER, Rows, partner_of
from starlette.applications import Starlette
from starlette.responses import Response

TYPES = """
type Query { partner(id: ID!): Partner  bill(id: ID!): Bill }
type Partner { id: ID!  name: String!  bills(first: Int!): [Bill!]! }
type Bill {
  id: ID!  cycle: String!  status: String!
  settlement: String!  billAmount: String!  amountDue: String!
  customers(first: Int!): [BillCustomer!]!
}
type BillCustomer { name: String!  total: String!  productLines(first: Int!): [ProductLine!]! }
type ProductLine { product: String!  region: String  expenditures: String!  total: String! }
"""
ROWS = Rows()
query, partner, bill = QueryType(), ObjectType("Partner"), ObjectType("Bill")
bill_customer = ObjectType("BillCustomer")
bill.set_alias("billAmount", "bill_amount")
bill.set_alias("amountDue", "amount_due")


@query.field("partner")
async def _partner(_source, info, id):
    row = await ROWS.pool.fetchrow(PARTNER, int(id), info.context["partner"])
    return row and dict(row)


@query.field("bill")
async def _bill(_source, info, id):
    row = await ROWS.pool.fetchrow(BILL, int(id), info.context["partner"])
    return row and dict(row)


@partner.field("bills")
async def _bills(source, _info, first):
    return [dict(row) for row in await ROWS.pool.fetch(BILLS, source["id"], first)]


@bill.field("customers")
def _customers_of(source, info, first):
    return info.context["customers"].load((source["version_id"], first))


@bill_customer.field("productLines")
def _lines_of(source, info, first):
    return info.context["lines"].load((source["version_id"], source["customer_id"], first))


async def _customers(partner: int, keys: Sequence[tuple[int, int]]) -> list[list[dict]]:
    versions = defaultdict(list)
    for version, first in keys:
        versions[first].append(version)
    found = {first: await ROWS.customers(partner, some, first) for first, some in versions.items()}
    return [[dict(row) for row in found[first][version]] for version, first in keys]


async def _lines(partner: int, keys: Sequence[tuple[int, int, int]]) -> list[list[dict]]:
    customers = defaultdict(list)
    for version, customer, first in keys:
        customers[version, first].append(customer)
    found = {
        (version, first): await ROWS.lines(partner, version, some, first)
        for (version, first), some in customers.items()
    }
    return [
        [dict(row) for row in found[version, first][customer]] for version, customer, first in keys
    ]


class Handler(GraphQLHTTPHandler):
    async def create_json_response(self, _request, result, _success):
        return Response(orjson.dumps(result), media_type="application/json")


@lru_cache(maxsize=100)
def _parsed(text):
    return graphql.parse(text)


@lru_cache(maxsize=100)
def _validated(schema, document):
    return graphql.validate(schema, document)


def _context(request, _data):
    partner_id = partner_of(request.headers["authorization"])
    return {
        "partner": partner_id,
        "customers": DataLoader(partial(_customers, partner_id)),
        "lines": DataLoader(partial(_lines, partner_id)),
    }


schema = make_executable_schema(TYPES, query, partner, bill, bill_customer)
endpoint = GraphQL(
    schema,
    context_value=_context,
    query_parser=lambda _context, data: _parsed(data["query"]),
    query_validator=lambda schema, document, *_rest, **_options: _validated(schema, document),
    http_handler=Handler(),
)
app = Starlette(lifespan=ROWS.lifespan)
app.router.add_route("/graphql", endpoint)
