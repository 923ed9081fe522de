"""A statement as the lines of a CSV file: opening balance, entries, closing balance (R14, rule 18).

RFC 4180, as the exports: words from outside are quoted and made safe for spreadsheets, nothing else
is quoted, amounts are exact. The same days give the same bytes once the last of them is over (I20).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from models.rules.export_lines import END, formula_safe, quoted
from models.rules.money import EXACT, amount_text
from models.rules.statements import Posting, StatementOrder, Tally

COLUMNS = (
    "account,currency,day,posted_at,event,reference,debit,credit,amount,balance"  # one header line
)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What a statement starts from: `starts` and `ends` are its instants, half-open, in UTC."""

    partner_id: int
    partner: str
    zone: ZoneInfo
    order: StatementOrder
    starts: datetime
    ends: datetime
    opening: Decimal

    def until(self, now: datetime) -> datetime:
        """When the statement was closed: the end of its last day, or `now` before that."""
        return min(self.ends, now)

    def last_day(self, now: datetime) -> date:
        """The last day that has begun."""
        return self.order.last if now >= self.ends else self.day(now)

    def day(self, instant: datetime) -> date:
        """The local day of an instant."""
        return instant.astimezone(self.zone).date()


class StatementLines:
    """Writes a statement's lines, each with its end, and adds them up."""

    def __init__(self, head: StatementHead) -> None:
        self._head = head
        self._tally = Tally(head.order.account, head.opening)

    def opening(self) -> str:
        """The header and the opening balance."""
        head = self._head
        opened = self._line(head.order.first, head.starts, "OPENING")
        return COLUMNS + END + opened + _amounts(_NOTHING, _NOTHING, _NOTHING, head.opening)

    def entry(self, posting: Posting) -> str:
        """One entry."""
        entry = self._tally.enter(posting)
        line = self._line(
            self._head.day(posting.posted_at), posting.posted_at, posting.event, posting.reference
        )
        return line + _amounts(entry.debit, entry.credit, entry.amount, entry.balance)

    def closing(self, now: datetime) -> str:
        """Totals and the closing balance, as of the end of the last day, or of `now` before it."""
        head, tally = self._head, self._tally
        moved = EXACT.subtract(tally.balance, tally.opening)
        closed = self._line(head.last_day(now), head.until(now), "CLOSING")
        return closed + _amounts(tally.debits, tally.credits, moved, tally.balance)

    def _line(self, day: date, at: datetime, event: str, reference: str = "") -> str:
        order = self._head.order
        instant = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        text = quoted(formula_safe(reference))
        return f"{order.account},{order.currency},{day},{instant},{event},{text},"


def _amounts(*amounts: Decimal) -> str:
    return ",".join(map(amount_text, amounts)) + END
