"""Every place in the schema where a client can name something, found by walking the schema.

What a place takes follows from its type, for texts and numbers from its name. A text or number that
is not listed here is of no known meaning, and fails the tests until somebody says which it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from api.schema import build_schema

SCHEMA = build_schema()._schema

# What names a thing, though it is no ID: asked about by name in `test_foreign_names`.
NAMES = {
    "account", "billingAccounts", "bucket", "digest", "idempotencyKey", "ownAccounts",
    "paymentMethod", "prefix", "subAccounts",
}  # fmt: skip
# What people write, and addresses out in the world; what was asked for before it is compared with
# rows that are the viewer's own already.
FREE = {
    "accessKeyId", "action", "channelManagers", "city", "columns", "country", "description",
    "email", "endpoint", "legalName", "message", "mobile", "name", "postcode", "product", "reason",
    "region", "regions", "secretAccessKey", "street", "taxNumber", "timeZone", "url", "answer",
}  # fmt: skip
# Counted within one bill or list, or a mere size.
NUMBERS = {"first", "from", "paymentDays", "to", "version"}
# Scalars whose values mean the same to everybody.
PLAIN = {"Boolean", "BillingMonth", "CurrencyCode", "Date", "DateTime", "Decimal"}


@dataclass(frozen=True)
class Place:
    """An argument of a field such as Query.bill, or an input field below it; `*` is in a list."""

    field: str
    way: tuple[str, ...]
    type_name: str

    def __str__(self) -> str:
        return f"{self.field}({'.'.join(self.way)})"

    @property
    def owner(self) -> str:
        """The type that has the field."""
        return self.field.partition(".")[0]

    @property
    def verb(self) -> str:
        """The field's own name."""
        return self.field.partition(".")[2]

    @property
    def name(self) -> str:
        """What it is called."""
        return [step for step in self.way if step != "*"][-1]

    @property
    def is_known(self) -> bool:
        """Whether it has a meaning that these tests know."""
        by_type = {"String": NAMES | FREE, "Int": NUMBERS}
        return self.type_name in PLAIN | {"ID", "Cursor"} or self.name in by_type.get(
            self.type_name, set()
        )


def places() -> list[Place]:
    """Every place that takes a value which is no enum's, in the order of the schema's names."""
    types = [each for each in SCHEMA.type_map.values() if isinstance(each, GraphQLObjectType)]
    return [
        place
        for graphql_type in types
        if not graphql_type.name.startswith("__")
        for name, field in graphql_type.fields.items()
        for argument, taken in field.args.items()
        for place in _below(f"{graphql_type.name}.{name}", (argument,), taken)
    ]


def places_of(type_name: str) -> list[Place]:
    """Those that take a type."""
    return [place for place in places() if place.type_name == type_name]


def _below(
    field: str, way: tuple[str, ...], taken: GraphQLArgument | GraphQLInputField
) -> Iterator[Place]:
    way = (*way, "*") if _is_list(taken.type) else way
    named = get_named_type(taken.type)
    if isinstance(named, GraphQLInputObjectType):
        for name, inner in named.fields.items():
            yield from _below(field, (*way, name), inner)
    elif isinstance(named, GraphQLScalarType):
        yield Place(field, way, named.name)


def _is_list(graphql_type: GraphQLInputType) -> bool:
    return is_list_type(get_nullable_type(graphql_type))
