"""A statement as CSV: exact, safe, and opened with the csv module."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from models.rules.statement_lines import StatementHead, StatementLines
from models.rules.statements import Posting, StatementOrder
from models.rules.states import LedgerAccount

HEAD = StatementHead(
    partner_id=7,
    partner="Northwind",
    zone=ZoneInfo("Asia/Shanghai"),
    order=StatementOrder("USD", LedgerAccount.RECEIVABLE, date(2026, 3, 1), date(2026, 3, 31)),
    starts=datetime(2026, 2, 28, 16, tzinfo=UTC),
    ends=datetime(2026, 3, 31, 16, tzinfo=UTC),
    opening=Decimal("5.5"),
)
LATER = datetime(2026, 5, 1, tzinfo=UTC)
BILL = Posting(HEAD.starts, "BILL", "bil_12/2", Decimal("100.000000000000000001"))
PAID = Posting(datetime(2026, 3, 31, 15, 59, 59, 999_999, UTC), "PAYMENT", "pay_3", Decimal(-100))


def written(*postings: Posting, now: datetime = LATER, head: StatementHead = HEAD) -> str:
    lines = StatementLines(head)
    return lines.opening() + "".join(map(lines.entry, postings)) + lines.closing(now)


def test_statement_is_written_from_opening_to_closing() -> None:
    assert written(BILL, PAID) == (
        "account,currency,day,posted_at,event,reference,debit,credit,amount,balance\r\n"
        'RECEIVABLE,USD,2026-03-01,2026-02-28T16:00:00Z,OPENING,"",0,0,0,5.5\r\n'
        'RECEIVABLE,USD,2026-03-01,2026-02-28T16:00:00Z,BILL,"bil_12/2",'
        "100.000000000000000001,0,100.000000000000000001,105.500000000000000001\r\n"
        'RECEIVABLE,USD,2026-03-31,2026-03-31T15:59:59.999999Z,PAYMENT,"pay_3",'
        "0,100,-100,5.500000000000000001\r\n"
        'RECEIVABLE,USD,2026-03-31,2026-03-31T16:00:00Z,CLOSING,"",'
        "100.000000000000000001,100,0.000000000000000001,5.500000000000000001\r\n"
    )


def test_every_row_has_every_column_and_the_amounts_add_up() -> None:
    rows = list(csv.DictReader(io.StringIO(written(BILL, PAID), newline=""), strict=True))
    opening, *entries, closing = rows
    total = sum((Decimal(row["amount"]) for row in entries), Decimal(opening["balance"]))
    assert total == Decimal(closing["balance"]) == Decimal(entries[-1]["balance"])
    assert {None} & {key for row in rows for key in row} == set()


def test_statement_without_entries_closes_as_it_opened() -> None:
    opening, closing = csv.DictReader(io.StringIO(written(), newline=""), strict=True)
    assert (opening["balance"], closing["balance"], closing["amount"]) == ("5.5", "5.5", "0")


def test_days_that_are_over_give_the_same_bytes_at_any_time() -> None:
    assert written(BILL, now=HEAD.ends) == written(BILL, now=LATER)


def test_days_that_are_not_over_say_until_when() -> None:
    now = datetime(2026, 3, 5, 17, tzinfo=UTC)
    closing = written(BILL, now=now).splitlines()[-1]
    assert closing.startswith("RECEIVABLE,USD,2026-03-06,2026-03-05T17:00:00Z,CLOSING,")


def test_reference_cannot_make_a_spreadsheet_compute() -> None:
    evil = Posting(HEAD.starts, "PAYMENT", '=HYPERLINK("x")', Decimal(-1))
    row = list(csv.reader(io.StringIO(written(evil), newline=""), strict=True))[2]
    assert row[5] == '\'=HYPERLINK("x")'
    assert row[8] == "-1"
