"""Range headers as RFC 9110 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.byte_ranges import RangeError, asked_range


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=2-5", range(2, 6)),
        ("bytes=2-", range(2, 10)),
        ("bytes=9-99", range(9, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes = 2 - 5", range(2, 6)),
    ],
)
def test_one_range_is_read(header: str, asked: range) -> None:
    assert asked_range(header, 10) == asked


@pytest.mark.parametrize(
    "header",
    [
        *("", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"),
        *("bytes=٠-١", "bytes=-" + "9" * 30, "bytes=1-2-3", "bytes=+1-2"),
    ],
)
def test_what_is_no_single_range_means_the_whole_file(header: str) -> None:
    assert asked_range(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=11-12", "bytes=-0"])
def test_range_outside_the_file_is_an_error(header: str) -> None:
    with pytest.raises(RangeError):
        asked_range(header, 10)


@given(st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}", fullmatch=True), st.integers(0, 10**12))
def test_any_range_lies_within_the_file(header: str, size: int) -> None:
    try:
        asked = asked_range(header, size)
    except RangeError:
        return
    assert asked is None or (len(asked) and asked[0] >= 0 and asked[-1] < size)
