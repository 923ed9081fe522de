"""Public ids: one spelling for one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.ids import LARGEST_ID, IdPrefix, parse_public_id, public_id


@given(st.sampled_from(IdPrefix), st.integers(1, LARGEST_ID))
def test_public_id_is_read_back(prefix: IdPrefix, number: int) -> None:
    assert parse_public_id(public_id(prefix, number), prefix) == number


@given(st.text(max_size=25))
def test_public_id_has_one_spelling(text: str) -> None:
    number = parse_public_id(text, IdPrefix.BILL)
    assert number is None or public_id(IdPrefix.BILL, number) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bil",
        "bil_",
        "bil_0",
        "bil_012",
        "bil_-1",
        "bil_+1",
        "bil_1 ",
        "bil_1\n",
        "bil_1_2",
        "BIL_1",
        "prt_1",
        "bil_١",
        "bil_1e3",
        "bil_9223372036854775808",
        "bil_" + "9" * 5_000,
    ],
)
def test_public_id_of_another_form_is_none(text: str) -> None:
    assert parse_public_id(text, IdPrefix.BILL) is None


@pytest.mark.parametrize("number", [0, -1, LARGEST_ID + 1])
def test_public_id_of_no_row_is_a_bug(number: int) -> None:
    with pytest.raises(ValueError, match="row number"):
        public_id(IdPrefix.BILL, number)
