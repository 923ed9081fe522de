"""A statement on paper: no decimal is dropped, and local time is shown."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.statement_paper import MOST_LINES, require_paper_size, statement_paper
from tests.rules.test_statement_lines import BILL, HEAD, LATER, PAID

ONES = "1" * 18


def test_paper_shows_all_decimals_and_at_least_those_of_the_currency() -> None:
    paper = statement_paper(HEAD, [BILL, PAID], digits=2, now=LATER)
    assert paper["lines"] == [
        ["2026-03-01 00:00", "Bill", "bil_12/2", "100.000000000000000001", "",
         "105.500000000000000001"],
        ["2026-03-31 23:59", "Payment", "pay_3", "", "100.00", "5.500000000000000001"],
    ]  # fmt: skip
    assert (paper["opening"], paper["credits"]) == ("5.50", "100.00")
    assert (paper["debits"], paper["closing"]) == ("100.000000000000000001", "5.500000000000000001")
    assert paper["until"] == ""


@pytest.mark.parametrize(
    ("amount", "digits", "shown"),
    [
        ("1234567.5", 2, "1,234,567.50"),
        ("1E+3", 0, "1,000"),
        (f"-{10**20 - 1}.{ONES}", 3, f"−{10**20 - 1:,}.{ONES}"),
    ],
)
def test_amounts_are_shown_exactly(amount: str, digits: int, shown: str) -> None:
    head = replace(HEAD, opening=Decimal(amount))
    assert statement_paper(head, [], digits=digits, now=LATER)["closing"] == shown


def test_days_that_are_not_over_say_until_when_in_local_time() -> None:
    now = datetime(2026, 3, 5, 17, tzinfo=UTC)
    assert statement_paper(HEAD, [], digits=2, now=now)["until"] == "2026-03-06 01:00"


def test_paper_is_not_endless() -> None:
    require_paper_size(MOST_LINES)
    with pytest.raises(InvalidInput) as refused:
        require_paper_size(MOST_LINES + 1)
    assert refused.value.code is ErrorCode.RANGE_TOO_LONG
