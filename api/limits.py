"""How much a document may ask, found out before anything is validated or executed (R67).

Two walks, each node once: a census of what is written down, and the weight of the operation that
will run. Fragments that spread fragments therefore take no more time than flat ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    TokenKind,
    parse,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from api.census import Census, fragments_inside_out, take_census
from api.cost import SATURATED, Scales, Weight
from api.failures import untold
from api.pages import PageLimits, Pages
from models.rules.errors import ErrorCode, Forbidden, InvalidInput

# The one validation rule whose time can be quadratic; its own allowance of 500,000 steps is more
# than a second. A client that merges large fragments everywhere needs a few hundred.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 5_000


# What a verb counts as beside what is read after it, in fields of objects.
VERB_COST = 1_000
# Python reads numbers of up to 4,300 digits, and no field has one of a hundred.
LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for."""

    max_tokens: int = 2_000  # words and punctuation of the document
    max_comments: int = 500
    max_operations: int = 5  # written down, though only one runs
    max_aliases: int = 30  # written down
    max_directives: int = 20  # written down
    max_root_fields: int = 20  # of the operation, those of its fragments included
    max_depth: int = 16  # fields, as from viewer.partner down to the amounts of charges.edges.node
    max_cost: int = 100_000  # fields of objects: about a second in the ordinary executor
    pages: PageLimits = field(default_factory=PageLimits)
    introspection: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """What a request asks for, within its limits; depth in fields, cost in fields of objects.

    It holds for every request with the same document, operation, and values of the variables
    named in `page_variables`.
    """

    depth: int
    cost: int
    root_fields: int
    page_variables: frozenset[str]


def parse_document(text: str, limits: Limits) -> DocumentNode:
    """Parse a document; raises InvalidInput (SYNTAX_ERROR, TOO_MANY_TOKENS)."""
    try:
        return parse(text, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_comments)
    except GraphQLSyntaxError as broken:
        at = broken.locations[0] if broken.locations else None
        place = f" (line {at.line}, column {at.column})" if at else ""
        too_long = broken.message.startswith("Syntax Error: Document contains more than")
        raise InvalidInput(
            untold(broken.message)[:300] + place,
            ErrorCode.TOO_MANY_TOKENS if too_long else ErrorCode.SYNTAX_ERROR,
        ) from broken


def measure(
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any],
    schema: GraphQLSchema,
    limits: Limits,
) -> Measure:
    """What the request asks for; linear in the size of the document, which need not be valid.

    Raises InvalidInput with the number asked for and the limit: TOO_MANY_OPERATIONS,
    TOO_MANY_ALIASES, TOO_MANY_DIRECTIVES, TOO_MANY_ROOT_FIELDS, QUERY_TOO_DEEP,
    QUERY_TOO_COSTLY, PAGE_TOO_LARGE; SYNTAX_ERROR for a number that is too long, BAD_REQUEST for
    an operation that is not there, VALIDATION_FAILED for a fragment that spreads itself. Forbidden:
    INTROSPECTION_DISABLED.
    """
    census = take_census(document)
    _require_modest(census, limits)
    operation = _chosen(census.operations, operation_name)
    pages = Pages(limits.pages, operation, variables)
    scales = Scales(schema, pages)
    for fragment in fragments_inside_out(census):
        scales.weigh_fragment(fragment)
    weight = scales.weigh(operation.selection_set, schema.get_root_type(operation.operation))
    _require_light(weight, limits)
    _require_short_numbers(document)
    verbs = weight.fields if operation.operation is OperationType.MUTATION else 0
    cost = weight.cost + VERB_COST * verbs
    return Measure(weight.depth, cost, weight.fields, frozenset(pages.variables_read))


def _require_modest(census: Census, limits: Limits) -> None:
    operations = len(census.operations)
    _refuse(operations, limits.max_operations, "operations", ErrorCode.TOO_MANY_OPERATIONS)
    _refuse(census.aliases, limits.max_aliases, "aliases", ErrorCode.TOO_MANY_ALIASES)
    _refuse(census.directives, limits.max_directives, "directives", ErrorCode.TOO_MANY_DIRECTIVES)
    if census.introspects and not limits.introspection:
        raise Forbidden(
            "Introspection is switched off here; read the published schema.graphql instead.",
            ErrorCode.INTROSPECTION_DISABLED,
        )


def _require_light(weight: Weight, limits: Limits) -> None:
    _refuse(weight.fields, limits.max_root_fields, "root fields", ErrorCode.TOO_MANY_ROOT_FIELDS)
    _refuse(weight.depth, limits.max_depth, "levels of fields", ErrorCode.QUERY_TOO_DEEP)
    _refuse(weight.cost, limits.max_cost, "fields of objects", ErrorCode.QUERY_TOO_COSTLY)


def _require_short_numbers(document: DocumentNode) -> None:
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind is TokenKind.INT and len(token.value or "") > LONGEST_NUMBER:
            raise InvalidInput(
                f"A number has {len(token.value or '')} digits; the limit is {LONGEST_NUMBER}"
                f" (line {token.line}, column {token.column}).",
                ErrorCode.SYNTAX_ERROR,
            )
        token = token.next


def _refuse(asked: int, limit: int, what: str, code: ErrorCode) -> None:
    if asked > limit:
        number = f"{asked} {what}" if asked < SATURATED else f"{asked} {what} or more"
        raise InvalidInput(f"The document asks for {number}; the limit is {limit}.", code)


def _chosen(
    operations: Sequence[OperationDefinitionNode], name: str | None
) -> OperationDefinitionNode:
    named = [o for o in operations if name is None or (o.name and o.name.value == name)]
    if len(named) != 1:
        which = "one operation" if name is None else f"one operation named {name[:60]!r}"
        raise InvalidInput(
            f"The document must hold exactly {which} for this request; it holds {len(named)}.",
            ErrorCode.BAD_REQUEST,
        )
    return named[0]
