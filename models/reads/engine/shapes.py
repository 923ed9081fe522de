"""What can be asked, and where each field comes from.

SQL fragments are templates: `{t}` is the alias of the row at hand, `{c}` that of a child row, `{p}`
that of the parent row. A source that joins tables names them with suffixes: `bills {t} JOIN
bill_versions {t}v ON …`. Where the databases differ: `{sum[x]}` is the exact sum of x,
`{sum_if[x,condition]}` that of some rows, `{running_sum[x,order]}` that of the rows so far,
`{plus[x,y]}` and `{minus[x,y]}` are exact, `{zero}` is the amount 0, `{instant_in[x,key]}` is an
instant of a bound JSON object, `{instant_text[x]}` an instant as text, `{json[x]}` a text as JSON,
`{joined[x]}` the texts of all rows with commas between, `{by_size[x]}` orders amounts, signs aside,
and `{bytewise}` follows a text that is ordered by its bytes.
`{now}` is the request's time and `{own_partner}` the viewer's partner, or NULL. Arguments that a
source takes stand there under their names. Shapes refer to each other by their type's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from models.reads.engine.picks import Constant, Variable
from models.reads.engine.plans import Finish, Make, Recipe
from models.rules.errors import InvalidInput
from models.rules.ids import IdPrefix, parse_public_id
from models.rules.principals import Action, Principal


@dataclass(frozen=True, slots=True)
class Text:
    """Free text: quoted and escaped by the database; NULL is null."""

    sql: str


@dataclass(frozen=True, slots=True)
class Word:
    """ASCII text that needs no escaping: enum values, months, currencies, digests, public ids."""

    sql: str
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """An integer."""

    sql: str
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean condition that is never NULL."""

    sql: str


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, answered as RFC 3339 UTC."""

    sql: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A `Money` object: an amount, less `minus` where given, and the currency beside it."""

    sql: str
    currency: str = "{t}.currency"
    minus: str = ""
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A bare decimal, answered as text; NULL is null."""

    sql: str


@dataclass(frozen=True, slots=True)
class Personal:
    """Free text about a person: masked unless the viewer may see it (R72)."""

    sql: str


@dataclass(frozen=True, slots=True)
class Given:
    """JSON text that depends on who asks, not on any row."""

    json: Callable[[Principal], str]


@dataclass(frozen=True, slots=True)
class Python:
    """A value that a function makes of `sql`, which yields the ingredients as JSON text."""

    sql: str
    finish: Finish


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object made of the same row."""

    shape: str


@dataclass(frozen=True, slots=True)
class Taken:
    """An argument that a field takes into its templates as `{name}`; NULL when it is not given.

    `recipe` turns the argument's value into what is bound. PostgreSQL may need a CAST around it.
    Where that depends on several arguments, `of` names them, and `recipe` gets the value of each.
    """

    recipe: Callable[..., Any] = lambda value: value
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """An object, or a list of them, that a function makes of ingredients (see `made`).

    `sql` yields the ingredients as JSON text. `make` gets them with the values of the arguments in
    `takes`, and answers dictionaries keyed by the field names of `shape`, or None.
    """

    sql: str
    make: Make
    shape: str
    takes: Mapping[str, Taken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """A member of what `Made` made: a plain value, or objects of `shape` (`Money` is one)."""

    shape: str = ""


@dataclass(frozen=True, slots=True)
class One:
    """A row elsewhere, or null; `where` ties {c} to {t}.

    The arguments in `takes` are bound in `where` and in the source of the shape.
    """

    shape: str
    where: str
    takes: Mapping[str, Taken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Many:
    """A bounded list of rows elsewhere, in `order`."""

    shape: str
    where: str
    order: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that an argument adds when it is given; `{v}` is the bound value.

    A list argument names the `column` that must be one of its values instead. `recipe` turns the
    argument's value into what is bound.
    """

    sql: str = ""
    column: str = ""
    recipe: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Key:
    """One column of a connection's order; a `small` integer has 32 bits, an `int` 64."""

    sql: str
    kind: Literal["int", "small", "text", "instant"] = "int"


@dataclass(frozen=True, slots=True)
class Texts:
    """A bounded list of texts: `column` of the rows of `source`."""

    column: str
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A Relay connection over rows elsewhere, paged by keyset.

    `keys` order the rows, all ascending or all descending, and must be unique together; only the
    last may hold a `|`. `filters` are by argument name. Where it `needs` an action, it is null for
    the roles that may not do that. Where all rows are replaced at once, `where_after` holds instead
    of `where` on the pages after the first, so that a list goes on in the rows in which it began:
    `{v}` is the first key of the cursor.
    """

    shape: str
    where: str
    keys: tuple[Key, ...]
    is_descending: bool = False
    filters: Mapping[str, Filter] = field(default_factory=dict)
    needs: Action | None = None
    where_after: str = ""


Source: TypeAlias = (
    Text | Word | Number | Flag | Instant | Amount | Quantity | Personal | Given | Python
    | Embedded | One | Many | Texts | Connection | Made | Item
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """A GraphQL object type as rows: its name, the FROM clause, the sources of its fields.

    `source` may hold `{p}`, the parent row's alias, and `{filters}`, where a connection's filters
    go when they must act before a GROUP BY. `tenant` is the partner id of a row, for root fields.
    """

    type_name: str
    source: str
    fields: Mapping[str, Source]
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """A field of Query: rows of `shape` that the principal may see.

    A single row's arguments in `takes` are bound in the source of the shape.
    """

    shape: Shape
    where: str = "TRUE"
    keys: tuple[Key, ...] = ()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    is_descending: bool = False
    takes: Mapping[str, Taken] = field(default_factory=dict)


def of_partner(where: str) -> str:
    """The condition `where`, within the partner of the row at hand: it leads every statement."""
    return f"{{c}}.partner_id = {{t}}.partner_id AND {where}"


def exists(rows: str) -> str:
    """Whether there are such rows; they are looked up for each row at hand.

    Without the OFFSET, PostgreSQL may rather read those of all partners, once, for a list.
    """
    return f"EXISTS (SELECT 1 FROM {rows} LIMIT 1 OFFSET 0)"


def identity(prefix: IdPrefix) -> Filter:
    """The filter of a public id; an id of another kind, or none at all, matches no row."""
    return Filter("{c}.id = {v}", recipe=lambda text: parse_public_id(text, prefix) or 0)


def text_filter(text: str) -> str:
    """Text to compare with a column; raises InvalidInput for what no database can hold."""
    if "\x00" in text:
        raise InvalidInput("Text must not contain the character U+0000.")
    return text


def none_as_empty(values: list[str | None]) -> list[str]:
    """A list in which null ("no region") is the empty text, as `coalesce(column, '')` has it."""
    return [text_filter(value or "") for value in values]


def argument_recipe(argument: Constant | Variable, convert: Callable[[Any], Any]) -> Recipe:
    """How a bound value is found when the plan is used."""
    match argument:
        case Constant(value=value):
            return lambda _request: convert(value)
        case Variable(name=name):
            return lambda request: convert(request.variables[name])
