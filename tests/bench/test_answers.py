"""Answers that say the same are the same, however they are wrapped; others are told apart."""

import orjson
import pytest

from bench.reads.answers import NoAnswer, first_difference, normal_answer, without_extensions
from bench.reads.contest import require_equal
from bench.reads.questions import Page

OURS = {
    "bill": {
        "id": "bil_7",
        "totals": {"billAmount": {"amount": "12.5"}},
        "customers": {
            "nodes": [
                {
                    "customer": {"name": 'A "B"'},
                    "total": {"amount": "0"},
                    "productLines": {"nodes": [{"region": None, "total": {"amount": "-3"}}]},
                }
            ]
        },
    }
}
PLAIN = {
    "bill": {
        "id": "bil_7",
        "billAmount": "12.5",
        "customers": [
            {"name": 'A "B"', "total": "0", "productLines": [{"region": None, "total": "-3"}]}
        ],
    }
}
TABLES = {
    "bill": {
        "id": "7",
        "content": {
            "billAmount": "12.500000000000000000",
            "customers": {
                "nodes": [
                    {
                        "customer": {"name": 'A "B"'},
                        "total": "0.000000000000000000",
                        "productLines": {"nodes": [{"region": None, "total": "-3.000000"}]},
                    }
                ]
            },
        },
    }
}


def _body(data: object) -> bytes:
    return orjson.dumps({"data": data})


def test_the_spellings_of_one_answer_are_equal() -> None:
    normal = [normal_answer(_body(data)) for data in (OURS, PLAIN, TABLES)]
    assert normal[0] == normal[1] == normal[2]
    assert normal[0]["bill"]["id"] == 7
    assert normal[0]["bill"]["customers"][0]["productLines"] == [{"region": None, "total": "-3"}]


@pytest.mark.parametrize(
    ("left", "right", "where"),
    [
        ({"a": [{"b": "1"}, {"b": "2"}]}, {"a": [{"b": "1"}, {"b": "3"}]}, ".a[1].b: 2 is not 3"),
        ({"a": [1]}, {"a": [1, 2]}, ".a: [1] is not [1, 2]"),
        ({"a": 1}, {"b": 1}, "all: {'a': 1} is not {'b': 1}"),
        ({"a": 1}, {"a": "1"}, ".a: 1 is not 1"),
        ({"a": [None]}, {"a": [None]}, None),
    ],
)
def test_a_difference_is_told_with_its_place(
    left: object, right: object, where: str | None
) -> None:
    assert first_difference(left, right) == where


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b"[]",
        b'{"errors":[{"message":"no"}],"data":{"bill":{"id":"1"}}}',
        b'{"data":null}',
        b'{"data":{"bill":null}}',
    ],
)
def test_what_is_no_answer_is_not_compared(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        normal_answer(body)


def test_what_ours_says_of_its_cost_is_left_out() -> None:
    body = b'{"data":{"bill":{"id":"1"}},"extensions":{"cost":{"requested":2}}}'
    assert without_extensions(body) == b'{"data":{"bill":{"id":"1"}}}'
    assert without_extensions(b'{"data":{}}') == b'{"data":{}}'


def test_a_run_ends_where_servers_differ() -> None:
    require_equal(Page.Q2, {"ours": [_body(OURS)], "plain": [_body(PLAIN)]})
    other = {"bill": {**PLAIN["bill"], "billAmount": "12.51"}}
    with pytest.raises(SystemExit, match=r"plain differ at .*billAmount: 12.5 is not 12.51"):
        require_equal(Page.Q2, {"ours": [_body(OURS)], "plain": [_body(other)]})
    with pytest.raises(SystemExit, match="plain has not answered"):
        require_equal(Page.Q2, {"ours": [_body(OURS)], "plain": [b""]})
