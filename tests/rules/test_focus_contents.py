"""A cell says the same however it is written, and the key of a row knows only what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.focus_contents import content
from tests.rules.focus_rows import a_charge


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (('{"env":"dev","app":"x"}', '{ "app" : "x", "env":"dev" }'), '{"app": "x", "env": "dev"}'),
        (('{"n":1.50}', '{"n": "1.5"}', '{"n":15e-1}'), '{"n": "1.5"}'),
        (('{"on":true,"off":[false]}',), '{"off": ["false"], "on": "true"}'),
        (
            ('{"b":{"d":null,"c":[1,{"f":2,"e":3}]}}',),
            '{"b": {"c": ["1", {"e": "3", "f": "2"}], "d": null}}',
        ),
        (('["b", "a"]', '["b","a"]'), '["b", "a"]'),
        (('{"name":"St\\u00fcck"}', '{"name": "Stück"}'), '{"name": "Stück"}'),
        (("0.50", "0.5000", "5e-1", "0.5", "5E-001"), "0.5"),
        (("0", "-0.0", "0E5"), "0"),
        (("12345678901234567890.000000000000000001",), "12345678901234567890.000000000000000001"),
        (("true", "True", "TRUE"), "true"),
        (("False", "false"), "false"),
        (
            ("2026-03-07T12:00:00Z", "2026-03-07 12:00:00.000000Z", "2026-03-07T20:00+08:00"),
            "2026-03-07T12:00:00Z",
        ),
    ],
)
def test_content_is_one_text_for_one_thing(texts: tuple[str, ...], said: str) -> None:
    assert {text: content(text) for text in texts} == dict.fromkeys(texts, said)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "007.10",
        "+5",
        ".5",
        "5.",
        "1e-19",
        "1" * 30,
        "12:30",
        "2026-03-07",
        "2026-13-07T12:00:00Z",
        "tRUE",
        "Truelove",
        "{env: dev}",
        '{"env": "dev"',
        '{"env": "dev", "env": "prod"}',
        '{"n": NaN}',
        '{"odd": "\\ud800"}',
        "[1.50] Reserved",
        "[" * 100_000,
    ],
)
def test_content_of_a_mere_text_is_the_text(text: str) -> None:
    assert content(text) == text


@given(st.text(min_size=1))
def test_content_of_a_content_is_itself(text: str) -> None:
    assert content(content(text)) == content(text)


def test_key_is_the_same_however_a_cell_is_written() -> None:
    one = a_charge(Tags='{"env":"dev","app":"x"}', x_Rate="0.50", x_Late="True")
    other = a_charge(Tags='{"app": "x", "env": "dev"}', x_Rate="0.5000", x_Late="true")
    assert one.key == other.key
    assert len({one.key, one.former, other.former}) == 3


def test_key_tells_contents_apart() -> None:
    keys = {
        a_charge(x_Rate=rate, x_Late=late, Tags=tags).key
        for rate in ("0.5", "0.50001", "00.5", "half")
        for late in ("true", "false", "NULL")
        for tags in ('{"a": "b"}', '{"a": "c"}', '{"b": "a"}', "[]", "{}")
    }
    assert len(keys) == 4 * 3 * 5


def test_key_of_a_row_that_is_written_as_ever_has_no_former() -> None:
    charge = a_charge(Tags='{"app": "x", "env": "dev"}', x_Rate="0.5", x_Code="007", x_Late="true")
    assert charge.former is None


def test_number_in_a_text_of_focus_is_a_text() -> None:
    assert a_charge(SkuId="1.10").key != a_charge(SkuId="1.1").key


def test_former_key_is_that_of_the_releases_before() -> None:
    charge = a_charge(Tags='{"env":"dev","app":"x"}', x_Rate="0.50")
    assert charge.former is not None
    assert charge.former.hex() == "b7c2caeab73bc1d78f90fbd79681e975"
