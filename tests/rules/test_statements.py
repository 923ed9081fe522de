"""Statements: days, names, and sums that come out exactly (I18)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import BillingError, ErrorCode
from models.rules.money import EXACT, exact_sum
from models.rules.statements import (
    LONGEST_DAYS,
    Posting,
    StatementFormat,
    StatementOrder,
    Tally,
    in_own_sense,
    parse_object_id,
    statement_days,
)
from models.rules.states import LedgerAccount

AT = datetime(2026, 3, 1, tzinfo=UTC)
AMOUNTS = st.decimals(-(10**19), 10**19, allow_nan=False, allow_infinity=False, places=18)
ACCOUNTS = st.sampled_from(LedgerAccount)


def refused_days(first: str, last: str) -> ErrorCode:
    with pytest.raises(BillingError) as refused:
        statement_days(first, last)
    return refused.value.code


def test_days_may_be_one_or_ten_years() -> None:
    assert statement_days("2026-03-31", "2026-03-31") == (date(2026, 3, 31), date(2026, 3, 31))
    assert statement_days("2020-01-01", "2029-12-31") == (date(2020, 1, 1), date(2029, 12, 31))


def test_days_that_cannot_be_meant_are_refused() -> None:
    too_long = date(2020, 1, 1) + timedelta(days=LONGEST_DAYS)
    assert refused_days("2026-03-31", "2026-03-30") is ErrorCode.INVALID_RANGE
    assert refused_days("2020-01-01", too_long.isoformat()) is ErrorCode.RANGE_TOO_LONG
    assert refused_days("2026-02-30", "2026-03-30") is ErrorCode.INVALID_DATE
    assert refused_days("2026-02-20", "today") is ErrorCode.INVALID_DATE


@given(
    st.sampled_from(["USD", "KWD"]),
    ACCOUNTS,
    st.dates(date(2000, 1, 1), date(2989, 12, 31)),
    st.integers(0, LONGEST_DAYS - 1),
    st.sampled_from(StatementFormat),
)
def test_object_id_names_the_statement(
    currency: str, account: LedgerAccount, first: date, days: int, file_format: StatementFormat
) -> None:
    order = StatementOrder(currency, account, first, first + timedelta(days=days))
    assert parse_object_id(order.object_id(file_format)) == (order, file_format)


@pytest.mark.parametrize(
    "object_id",
    [
        "statements/usd/RECEIVABLE/2026-01-01/2026-03-31.csv",
        "statements/USD/PAYABLE/2026-01-01/2026-03-31.csv",
        "statements/USD/RECEIVABLE/2026-01-01/2026-03-31.xlsx",
        "statements/USD/RECEIVABLE/2026-01-01/2026-03-31.csv/",
        "statements/USD/RECEIVABLE/2026-01-01/../2026-03-31.csv",
        "exp_1",
    ],
)
def test_other_texts_name_no_statement(object_id: str) -> None:
    with pytest.raises(BillingError) as refused:
        parse_object_id(object_id)
    assert refused.value.code is ErrorCode.LINK_INVALID


def test_file_name_says_what_is_in_it() -> None:
    order = StatementOrder("USD", LedgerAccount.DEPOSIT, date(2026, 1, 1), date(2026, 3, 31))
    name = "statement-prt_7-USD-deposit-2026-01-01-to-2026-03-31.pdf"
    assert order.file_name(7, StatementFormat.PDF) == name


def test_what_is_owed_and_what_is_held_are_positive() -> None:
    ten = Decimal(10)
    assert in_own_sense(LedgerAccount.RECEIVABLE, ten) == ten  # billed: a debit
    assert in_own_sense(LedgerAccount.DEPOSIT, -ten) == ten  # topped up: a credit
    assert in_own_sense(LedgerAccount.CASH, ten) == ten
    assert in_own_sense(LedgerAccount.SALES, -ten) == ten


@given(ACCOUNTS, AMOUNTS, st.lists(AMOUNTS, max_size=20))
def test_opening_and_amounts_make_the_closing_balance(
    account: LedgerAccount, opening: Decimal, sides: list[Decimal]
) -> None:
    tally = Tally(account, opening)
    entries = [tally.enter(Posting(AT, "BILL", "bil_1/1", side)) for side in sides]
    amounts = [entry.amount for entry in entries]
    assert tally.balance == exact_sum([opening, *amounts])
    assert [entry.balance for entry in entries] == [
        exact_sum([opening, *amounts[:n]]) for n in range(1, len(amounts) + 1)
    ]
    assert EXACT.subtract(tally.debits, tally.credits) == exact_sum(sides)
    for entry, side in zip(entries, sides, strict=True):
        assert EXACT.subtract(entry.debit, entry.credit) == side
        assert min(entry.debit, entry.credit) == 0
