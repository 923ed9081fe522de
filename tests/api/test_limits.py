"""What a request asks for: exact depths, costs and pages, and each refusal with its numbers."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import get_introspection_query

from api.limits import Limits, Measure, measure, parse_document
from api.pages import PageLimits
from models.rules.errors import BillingError, ErrorCode
from tests.api.billing_schema import SCHEMA


def measured(
    text: str,
    variables: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    limits: Limits | None = None,
) -> Measure:
    limits = limits or Limits()
    return measure(parse_document(text, limits), name, variables or {}, SCHEMA, limits)


def refusal(text: str, variables: Mapping[str, Any] | None = None, **options: Any) -> BillingError:
    with pytest.raises(BillingError) as refused:
        measured(text, variables, **options)
    return refused.value


def customers(first: object) -> str:
    return f"{{ bill(id: 1) {{ customers(first: {first}) {{ nodes {{ id }} }} }} }}"


def test_cost_of_plain_fields_is_their_number() -> None:
    assert measured('{ version bill(id: "bil_1") { id total { amount } } }').cost == 5


def test_cost_of_a_page_multiplies_its_items_only() -> None:
    text = '{ bill(id: "b") { customers(first: 30) { totalCount nodes { id name } } } }'
    assert measured(text).cost == 1 + 1 + 1 + 1 + 30 * 2


def test_cost_of_edges_and_nodes_counts_both() -> None:
    text = '{ bill(id: "b") { customers(first: 5) { edges { node { id } } nodes { id } } } }'
    assert measured(text).cost == 1 + 1 + (1 + 5 * 2) + (1 + 5 * 1)


def test_cost_of_a_paged_plain_list_is_its_first() -> None:
    line = (
        "{ bill(id: 1) { customers(first: 1) { nodes { productLines(first: 1) { nodes %s } } } } }"
    )
    assert measured(line % "{ newest(first: 7) { id } }").cost == 5 + 1 + 7
    assert measured(line % "{ newest { id } }").cost == 5 + 1 + 3


def test_cost_of_a_bounded_list_is_ten_items() -> None:
    assert measured('{ bill(id: "b") { actions { action isAllowed } } }').cost == 1 + 1 + 10 * 2


def test_cost_without_first_is_the_default_of_the_schema_or_twenty() -> None:
    assert measured("{ partner(id: 1) { bills { nodes { id } } } }").cost == 3 + 12
    assert measured("{ bill(id: 1) { customers { nodes { id } } } }").cost == 3 + 20


def test_full_page_of_a_partner_passes() -> None:
    text = (
        "{ partner(id: 1) { bills(first: 12) { nodes { id month customers(first: 20) { nodes { id"
        " productLines(first: 5) { nodes { id product region market total {"
        " amount currency display } } } } } } } } }"
    )
    assert measured(text).cost == 3 + 12 * (2 + 2 + 20 * (1 + 2 + 5 * 8))


def test_full_bill_of_a_hundred_customers_passes() -> None:
    text = (
        "{ bill(id: 1) { customers(first: 100) { nodes { id productLines(first: 20) { nodes {"
        " id product region market total { amount currency display } } } } } } }"
    )
    assert measured(text).cost == 3 + 100 * (1 + 2 + 20 * 8)


def test_larger_page_passes_where_the_field_allows_it() -> None:
    limits = Limits(pages=PageLimits(by_field={"Bill.customers": 200}))
    text = (
        "{ bill(id: 1) { customers(first: 200) { nodes { id productLines(first: 20) { nodes {"
        " id product region market total { amount currency display } } } } } } }"
    )
    assert measured(text, limits=limits).cost == 3 + 200 * (1 + 2 + 20 * 8)
    assert refusal(customers(201), limits=limits).code is ErrorCode.PAGE_TOO_LARGE
    assert refusal(text).code is ErrorCode.PAGE_TOO_LARGE


def test_million_objects_are_refused_with_both_numbers() -> None:
    refused = refusal(
        "{ bill(id: 1) { customers(first: 100) { nodes { productLines(first: 100) { nodes {"
        " charges(first: 100) { nodes { id } } } } } } } }"
    )
    assert refused.code is ErrorCode.QUERY_TOO_COSTLY
    assert refused.message == (
        "The document asks for 1020203 fields of objects; the limit is 100000."
    )


@pytest.mark.parametrize(
    ("first", "variables"),
    [
        ("101", {}),
        ("$n", {"n": 101}),
        ("$n", {"n": 101.0}),
        ("$m", {}),
        ("$n", {"n": 10**30}),
        ("9" * 5_000, {}),
    ],
)
def test_page_above_the_limit_is_refused(first: str, variables: dict[str, Any]) -> None:
    refused = refusal("query ($n: Int, $m: Int = 101) " + customers(first), variables)
    assert refused.code is ErrorCode.PAGE_TOO_LARGE
    assert refused.message.startswith("`Bill.customers(first:)` asks for ")
    assert refused.message.endswith(" items; the largest page is 100.")


@pytest.mark.parametrize("first", ["0", "-5", "$n"])
def test_page_below_one_is_refused(first: str) -> None:
    refused = refusal("query ($n: Int) " + customers(first), {"n": -(2**31)})
    assert refused.code is ErrorCode.INVALID_INPUT
    assert "must be 1 to 100" in refused.message


@pytest.mark.parametrize(
    "first", ["null", '"9999"', "true", "1.5", "$absent", "$text", "$flag", "[]"]
)
def test_page_of_no_number_counts_as_twenty(first: str) -> None:
    assert measured(customers(first), {"text": "9999", "flag": True}).cost == 3 + 20


def test_page_variables_are_those_that_the_cost_depends_on() -> None:
    text = (
        "query ($id: ID!, $n: Int = 5) { bill(id: $id) { ...Page } }"
        " fragment Page on Bill { customers(first: $n) { nodes { id } } }"
    )
    assert measured(text, {"id": "bil_1"}).page_variables == frozenset({"n"})
    assert measured(text, {"id": "bil_1"}).cost == 3 + 5
    assert measured(text, {"id": "bil_1", "n": 50}).cost == 3 + 50


def test_page_size_reaches_a_fragment_on_the_connection() -> None:
    text = (
        '{ bill(id: "b") { few: customers(first: 2) { ...Names } customers(first: 50) { ...Names }'
        " } } fragment Names on CustomerConnection { totalCount nodes { name } }"
    )
    assert measured(text).cost == 1 + (3 + 2) + (3 + 50)


def test_depth_counts_fields_and_not_fragments() -> None:
    text = (
        "{ ... on Query { ...Q } } fragment Q on Query { bill(id: 1) { ... { total { amount } } } }"
    )
    assert measured(text).depth == 3


def test_depth_of_the_whole_way_down_by_edges_passes() -> None:
    way = (
        "viewer partner bills edges node customers edges node productLines edges node charges edges"
    )
    text = " { ".join(["", *way.split(), "node", "amount", "amount"]) + " }" * 16
    text = text.replace("s {", "s(first: 2) {").replace("edges(first: 2)", "edges")
    assert measured(text).depth == 16


def test_depth_above_the_limit_is_refused() -> None:
    refused = refusal("{ self " * 17 + "{ version }" + "}" * 17)
    assert refused.code is ErrorCode.QUERY_TOO_DEEP
    assert refused.message == "The document asks for 18 levels of fields; the limit is 16."


@pytest.mark.parametrize(
    ("text", "code", "numbers"),
    [
        ("{" + " ".join(f"a{i}: version" for i in range(31)) + "}", "TOO_MANY_ALIASES", (31, 30)),
        ("{ version" + " @skip(if: true)" * 21 + "}", "TOO_MANY_DIRECTIVES", (21, 20)),
        (
            "query ($a: Int" + " @a" * 11 + ") @b { ...F @c ... @d { version } }"
            " fragment F on Query" + " @e" * 8 + "{ version }",
            "TOO_MANY_DIRECTIVES",
            (22, 20),
        ),
        ("{" + "version " * 21 + "}", "TOO_MANY_ROOT_FIELDS", (21, 20)),
        (
            "{ ...F ...F } fragment F on Query {" + "version " * 11 + "}",
            "TOO_MANY_ROOT_FIELDS",
            (22, 20),
        ),
        (" ".join(f"query q{i} {{ version }}" for i in range(6)), "TOO_MANY_OPERATIONS", (6, 5)),
    ],
)
def test_too_many_are_refused_with_both_numbers(
    text: str, code: str, numbers: tuple[int, int]
) -> None:
    refused = refusal(text, name="q0" if "q0" in text else None)
    assert refused.code == code
    assert f"asks for {numbers[0]} " in refused.message
    assert refused.message.endswith(f"the limit is {numbers[1]}.")


def test_root_fields_at_the_limit_pass() -> None:
    assert measured("{" + "version " * 20 + "}").root_fields == 20


def test_fragment_that_spreads_itself_is_refused() -> None:
    text = "{ ...A } fragment A on Query { self { ...B } } fragment B on Query { ...A }"
    refused = refusal(text)
    assert refused.code is ErrorCode.VALIDATION_FAILED
    assert refused.message in (
        "A fragment spreads itself: A → B → A.",
        "A fragment spreads itself: B → A → B.",
    )


def test_operation_is_chosen_by_name() -> None:
    text = "query a { version } query b { self { version } }"
    assert measured(text, name="b").cost == 2
    for name in (None, "c", ""):
        assert refusal(text, name=name).code is ErrorCode.BAD_REQUEST
    assert refusal("fragment F on Query { version }").code is ErrorCode.BAD_REQUEST


def test_mutation_is_measured_from_its_own_root() -> None:
    assert measured('mutation { confirmBill(id: "b") { actions { action } } }').cost == 1_002 + 10


def test_mutation_counts_its_verbs_wherever_they_are_written() -> None:
    verb = 'confirmBill(id: "b") { bill { id } }'
    plain = measured(f"mutation {{ a: {verb} b: {verb} }}").cost
    assert plain == 2 * (1_000 + 3)
    assert measured(f"mutation {{ ... on Mutation {{ a: {verb} b: {verb} }} }}").cost == plain
    spread = f"mutation {{ ...F }} fragment F on Mutation {{ a: {verb} b: {verb} }}"
    assert measured(spread).cost == plain


def test_number_that_is_too_long_is_refused() -> None:
    refused = refusal(f"{{ bill(id: {'9' * 101}) {{ id }} }}")
    assert refused.code is ErrorCode.SYNTAX_ERROR
    assert "101 digits; the limit is 100 (line 1, column 12)" in refused.message
    assert measured(f"{{ bill(id: {'9' * 100}) {{ id }} }}").cost == 2


def test_tree_counts_each_of_its_levels_as_wide_as_it_may_be() -> None:
    limits = Limits(
        pages=PageLimits(trees_by_field={"Bill.why": 6}, lists_by_field={"Why.addends": 1})
    )
    text = '{ bill(id: "b") { why(first: 10) { label addends { label addends { label } } } } }'
    assert measured(text, limits=limits).cost == 1 + 1 + 60 * 5


def test_unknown_fields_types_and_fragments_are_left_to_validation() -> None:
    text = "{ nothing { more } ... on Nobody { x { y } } ...Absent ... on Filter { name } }"
    assert measured(text).cost == 5
    assert measured("subscription { bills { id } }").cost == 2


def test_introspection_passes_unless_switched_off() -> None:
    full = get_introspection_query(
        specified_by_url=True, schema_description=True, input_value_deprecation=True, one_of=True
    )
    assert measured(full).depth == 15
    off = Limits(introspection=False)
    hidden = '{ self { ...F } } fragment F on Query { __type(name: "Bill") { name } }'
    for text in (full, hidden, "{ self { __schema { queryType { name } } } }"):
        assert refusal(text, limits=off).code is ErrorCode.INTROSPECTION_DISABLED
    assert measured("{ __typename self { __typename } }", limits=off).cost == 3


def test_introspection_that_turns_in_circles_is_refused() -> None:
    text = "{ __schema { types " + "{ fields { type " * 4 + "{ name }" + "} }" * 4 + "} }"
    assert refusal(text).code is ErrorCode.QUERY_TOO_COSTLY
