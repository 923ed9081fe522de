"""Strawberry as its documentation recommends for speed, and a little beyond.

Values with plain attributes instead of ORM objects, DataLoaders, caches for parsing and
validation, asyncpg, orjson.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import orjson
import strawberry
from rows import BILL, BILLS, PARTNER, Rows, partner_of
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types import Info

ROWS = Rows()


@strawberry.type
class ProductLine:
    version_id: strawberry.Private[int]
    customer_id: strawberry.Private[int]
    product: str
    region: str | None
    expenditures: str
    total: str


@strawberry.type
class BillCustomer:
    version_id: strawberry.Private[int]
    customer_id: strawberry.Private[int]
    name: str
    total: str

    @strawberry.field
    async def product_lines(self, info: Info, first: int) -> list[ProductLine]:
        key = (self.version_id, self.customer_id, first)
        return await info.context["lines"].load(key)


@strawberry.type
class Bill:
    id: strawberry.ID
    version_id: strawberry.Private[int]
    cycle: str
    status: str
    settlement: str
    bill_amount: str
    amount_due: str

    @strawberry.field
    async def customers(self, info: Info, first: int) -> list[BillCustomer]:
        return await info.context["customers"].load((self.version_id, first))


@strawberry.type
class Partner:
    id: strawberry.ID
    name: str

    @strawberry.field
    async def bills(self, first: int) -> list[Bill]:
        return [Bill(**row) for row in await ROWS.pool.fetch(BILLS, int(self.id), first)]


@strawberry.type
class Query:
    @strawberry.field
    async def partner(self, info: Info, id: strawberry.ID) -> Partner | None:
        row = await ROWS.pool.fetchrow(PARTNER, int(id), info.context["partner"])
        return row and Partner(**row)

    @strawberry.field
    async def bill(self, info: Info, id: strawberry.ID) -> Bill | None:
        row = await ROWS.pool.fetchrow(BILL, int(id), info.context["partner"])
        return row and Bill(**row)


async def _customers(partner: int, keys: Sequence[tuple[int, int]]) -> list[list[BillCustomer]]:
    versions = defaultdict(list)
    for version, first in keys:
        versions[first].append(version)
    found = {first: await ROWS.customers(partner, some, first) for first, some in versions.items()}
    return [[BillCustomer(**row) for row in found[first][version]] for version, first in keys]


async def _lines(partner: int, keys: Sequence[tuple[int, int, int]]) -> list[list[ProductLine]]:
    customers = defaultdict(list)
    for version, customer, first in keys:
        customers[version, first].append(customer)
    found = {
        (version, first): await ROWS.lines(partner, version, some, first)
        for (version, first), some in customers.items()
    }
    return [
        [ProductLine(**row) for row in found[version, first][customer]]
        for version, customer, first in keys
    ]


class Endpoint(GraphQL):
    async def get_context(self, request, response):
        partner = partner_of(request.headers["authorization"])
        return {
            "partner": partner,
            "customers": DataLoader(load_fn=partial(_customers, partner)),
            "lines": DataLoader(load_fn=partial(_lines, partner)),
        }

    def encode_json(self, data):
        return orjson.dumps(data)


schema = strawberry.Schema(
    Query, extensions=[partial(ParserCache, maxsize=100), partial(ValidationCache, maxsize=100)]
)
app = Starlette(lifespan=ROWS.lifespan)
app.router.add_route("/graphql", Endpoint(schema))
