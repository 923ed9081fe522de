"""Hostile documents: measured in linear time, refused with a code, never a crash."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from graphql import validate
from hypothesis import given, settings
from hypothesis import strategies as st

from api import cost
from api.limits import Limits, measure, parse_document
from models.rules.errors import BillingError, ErrorCode
from tests.api.billing_schema import SCHEMA

UNLIMITED = Limits(
    max_depth=10**6,
    max_cost=10**18,
    max_aliases=10**6,
    max_directives=10**6,
    max_root_fields=10**18,
    max_operations=10**6,
)


def chain(body: str, length: int, last: str = "version") -> str:
    """Fragments f0 … f(length), each with `body`, in which % stands for the next one."""
    links = (
        f"fragment f{i} on Query {{{body.replace('%', f'...f{i + 1}')}}}" for i in range(length)
    )
    return "{...f0}" + "".join(links) + f"fragment f{length} on Query {{{last}}}"


@contextmanager
def counted_selections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    seen: list[object] = []
    weigh = cost.Scales._selection

    def counting(self: cost.Scales, node: Any, parent: Any) -> cost.Weight:
        seen.append(node)
        return weigh(self, node, parent)

    with monkeypatch.context() as patch:
        patch.setattr(cost.Scales, "_selection", counting)
        yield seen


@pytest.mark.parametrize("length", [20, 40, 80])
def test_nested_fragments_are_weighed_once_each(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = parse_document(chain("self {% %} %", length), UNLIMITED)
    with counted_selections(monkeypatch) as seen:
        measured = measure(document, None, {}, SCHEMA, UNLIMITED)
    assert len(seen) == 4 * length + 2
    assert measured.depth == length + 1
    assert measured.cost == min(sum(3**i for i in range(length)) + 3**length, cost.SATURATED)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (chain("% %", 22), ErrorCode.TOO_MANY_ROOT_FIELDS),
        ("{self" + chain("% %", 22).replace("}f", "}}f", 1), ErrorCode.QUERY_TOO_COSTLY),
        (chain("self{%} self{%}", 110), ErrorCode.QUERY_TOO_DEEP),
        (chain("%", 200, last="...f0"), ErrorCode.VALIDATION_FAILED),
        ("{self" * 50_000, ErrorCode.SYNTAX_ERROR),
        ("{self" * 180 + "{version}" + "}" * 180, ErrorCode.QUERY_TOO_DEEP),
        ("{bill(id:" + "[" * 50_000, ErrorCode.SYNTAX_ERROR),
        ("{" + " ".join(f"a{i}:version" for i in range(8_000)) + "}", ErrorCode.TOO_MANY_TOKENS),
        ("{" + " ".join(f"a{i}:version" for i in range(600)) + "}", ErrorCode.TOO_MANY_ALIASES),
        ("#\n" * 50_000 + "{version}", ErrorCode.TOO_MANY_TOKENS),
        ("{" + "\n" * 99_000, ErrorCode.SYNTAX_ERROR),
        ('{bill(id:"""' + '\\"""' * 24_000, ErrorCode.SYNTAX_ERROR),
        ("", ErrorCode.SYNTAX_ERROR),
        ("{\x00}", ErrorCode.SYNTAX_ERROR),
        ('{bill(id:"\ud800")}', ErrorCode.SYNTAX_ERROR),
    ],
)
def test_hostile_document_is_refused_soon(text: str, code: ErrorCode) -> None:
    started = time.process_time()
    with pytest.raises(BillingError) as refused:
        measure(parse_document(text, Limits()), None, {}, SCHEMA, Limits())
    assert refused.value.code is code
    assert len(refused.value.message) < 400
    # Far above what is needed, far below anything that doubles.
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "text",
    [
        "{self{" + "version " * 1_990 + "}}",
        "{self{" + "self{self{version}} " * 280 + "}}",
        "{self{" + 'bill(id:"b"){id} ' * 210 + "}}",
    ],
)
def test_validation_of_repeated_fields_is_cut_short(text: str) -> None:
    document = parse_document(text, Limits())
    measure(document, None, {}, SCHEMA, Limits())
    assert [error.message for error in validate(SCHEMA, document)] == ["Validation aborted."]


def test_syntax_error_says_where() -> None:
    with pytest.raises(BillingError) as refused:
        parse_document("{\n  bill(id: }", Limits())
    assert refused.value.message == "Syntax Error: Unexpected '}'. (line 2, column 12)"


FIELDS = "version self viewer partner bill node parties name bills nodes edges pageInfo customers"
names = st.sampled_from([*FIELDS.split(), "productLines", "__typename", "__schema", "types", "odd"])
values = st.sampled_from(["1", "100", "101", "-1", "null", "$n", "$m", '"x"', "[1]", "{a: 1}"])
types = st.sampled_from(["Query", "Bill", "Node", "Party", "Filter", "CustomerConnection", "Odd"])


def selection(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inside = st.lists(children, max_size=4).map(lambda some: "{" + " ".join(some) + "}")
    return st.one_of(
        st.builds("{}{}".format, names, inside),
        st.builds("a: {}(first: {}){}".format, names, values, inside),
        st.builds("... on {}{}".format, types, inside),
        st.builds("... @include(if: $n){}".format, inside),
    )


leaves = st.one_of(names, st.sampled_from(["...A", "...B", "...C"]))
selections = st.recursive(leaves, selection, max_leaves=12)
variables = st.dictionaries(
    st.sampled_from(["n", "m"]),
    st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3), st.lists(st.none())),
)


@settings(deadline=None)
@given(st.lists(selections, min_size=4, max_size=4), types, variables)
def test_random_document_is_measured_or_refused(
    some: list[str], on: str, given_variables: dict[str, Any]
) -> None:
    root, a, b, c = some
    text = (
        f"query ($n: Int = 5) {{{root}}} fragment A on {on} {{{a}}}"
        f" fragment B on Query {{{b}}} fragment C on Bill {{{c}}}"
    )
    limits = Limits(introspection=False)
    try:
        measured = measure(parse_document(text, limits), None, given_variables, SCHEMA, limits)
    except BillingError as refused:
        assert refused.message
    else:
        assert 0 <= measured.depth <= limits.max_depth
        assert 0 <= measured.cost <= limits.max_cost


@given(st.text(alphabet='{}()[]"\\#.$:a1 \n\ufeff…', max_size=60))
def test_random_text_is_parsed_or_refused(text: str) -> None:
    try:
        document = parse_document(text, Limits())
        measure(document, None, {}, SCHEMA, Limits())
    except BillingError as refused:
        assert refused.message


trees = st.recursive(
    st.sampled_from(["id", "actions { action }", "customers(first: 3) { nodes { id } }"]),
    lambda children: st.lists(children, min_size=1, max_size=4),
    max_leaves=12,
)


def spread(tree: str | list[Any], fragments: list[str]) -> str:
    """The selections of a tree on a bill, each branch of it as a fragment of its own."""
    if isinstance(tree, str):
        return tree
    inside = " ".join(spread(child, fragments) for child in tree)
    fragments.append(f"fragment F{len(fragments)} on Bill {{ {inside} }}")
    return f"...F{len(fragments) - 1}"


def written_out(tree: str | list[Any]) -> str:
    return tree if isinstance(tree, str) else " ".join(written_out(child) for child in tree)


@given(trees)
def test_cost_is_that_of_the_document_with_its_fragments_written_out(tree: str | list[Any]) -> None:
    fragments: list[str] = []
    short = f'{{ bill(id: "b") {{ {spread(tree, fragments)} }} }}' + " ".join(fragments)
    long = f'{{ bill(id: "b") {{ {written_out(tree)} }} }}'
    in_short, in_long = (
        measure(parse_document(text, UNLIMITED), None, {}, SCHEMA, UNLIMITED)
        for text in (short, long)
    )
    assert in_short == in_long
