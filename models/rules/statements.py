"""Account statements: one account of a partner's ledger over local days (R14, I18).

Amounts are in the account's own sense: positive is what the partner owes (RECEIVABLE), what is held
for it (DEPOSIT), what it paid in (CASH), and what it was billed (SALES). Debits and credits are the
two sides of the vendor's books, both ≥ 0. So what the partner owes grows by debits, and what is
held for it by credits; opening + Σ amounts = closing either way.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from models.rules.errors import ErrorCode, Forbidden, InvalidInput
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT
from models.rules.months import parse_day
from models.rules.states import LedgerAccount

LONGEST_DAYS = 3653  # ten years
# Their balances are credits in the vendor's books.
CREDIT_ACCOUNTS = frozenset({LedgerAccount.DEPOSIT, LedgerAccount.SALES})

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_OBJECT = re.compile(
    rf"statements/([A-Z]{{3}})/({'|'.join(LedgerAccount)})/({_DAY})/({_DAY})\.(csv|pdf)"
)


class StatementFormat(StrEnum):
    """How a statement is written down."""

    CSV = "csv"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class StatementOrder:
    """Which account, in which currency, over which local days, `first` and `last` included."""

    currency: str
    account: LedgerAccount
    first: date
    last: date

    def object_id(self, file_format: StatementFormat) -> str:
        """What a link to it names, as in `statements/USD/RECEIVABLE/2026-01-01/2026-03-31.csv`."""
        return f"statements/{self.currency}/{self.account}/{self.first}/{self.last}.{file_format}"

    def file_name(self, partner_id: int, file_format: StatementFormat) -> str:
        """The name a browser saves the file under, made of our own words only."""
        what = f"{public_id(IdPrefix.PARTNER, partner_id)}-{self.currency}-{self.account.lower()}"
        return f"statement-{what}-{self.first}-to-{self.last}.{file_format}"


def statement_days(first: str, last: str) -> tuple[date, date]:
    """The days as dates.

    Raises InvalidInput: INVALID_DATE, INVALID_RANGE when `last` is before `first`, RANGE_TOO_LONG
    above ten years.
    """
    days = parse_day(first), parse_day(last)
    count = (days[1] - days[0]).days + 1
    if count < 1:
        raise InvalidInput(f"{last} is before {first}.", ErrorCode.INVALID_RANGE)
    if count > LONGEST_DAYS:
        raise InvalidInput(
            f"{first} to {last} are {count} days; a statement has at most {LONGEST_DAYS}.",
            ErrorCode.RANGE_TOO_LONG,
        )
    return days


def parse_object_id(object_id: str) -> tuple[StatementOrder, StatementFormat]:
    """What an object id names.

    Raises Forbidden (LINK_INVALID) for any other text, and what `statement_days` raises.
    """
    match = _OBJECT.fullmatch(object_id)
    if not match:
        raise Forbidden("This link leads to no statement.", ErrorCode.LINK_INVALID)
    currency, account, first, last, file_format = match.groups()
    order = StatementOrder(currency, LedgerAccount(account), *statement_days(first, last))
    return order, StatementFormat(file_format)


@dataclass(frozen=True, slots=True)
class Posting:
    """A ledger entry: `side` is a debit when positive, a credit when negative."""

    posted_at: datetime
    event: str
    reference: str
    side: Decimal


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """A line: debit and credit ≥ 0, one of them 0; amount and balance in the account's sense."""

    posting: Posting
    debit: Decimal
    credit: Decimal
    amount: Decimal
    balance: Decimal


class Tally:
    """Adds up a statement, entry by entry, exactly."""

    def __init__(self, account: LedgerAccount, opening: Decimal) -> None:
        self.account = account
        self.opening = self.balance = opening
        self.debits = self.credits = Decimal(0)

    def enter(self, posting: Posting) -> StatementEntry:
        """The next line, with the balance after it."""
        amount = in_own_sense(self.account, posting.side)
        debit = max(posting.side, Decimal(0))
        credit = EXACT.subtract(debit, posting.side)
        self.debits = EXACT.add(self.debits, debit)
        self.credits = EXACT.add(self.credits, credit)
        self.balance = EXACT.add(self.balance, amount)
        return StatementEntry(posting, debit, credit, amount, self.balance)


def in_own_sense(account: LedgerAccount, side: Decimal) -> Decimal:
    """A debit (positive) or credit (negative) as it changes the account's balance."""
    return EXACT.minus(side) if account in CREDIT_ACCOUNTS else side
