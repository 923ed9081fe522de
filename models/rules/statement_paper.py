"""A statement on paper: the texts that its template places (R14)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.ids import IdPrefix, public_id
from models.rules.money import canonical
from models.rules.statement_lines import StatementHead
from models.rules.statements import Posting, Tally
from models.rules.states import LedgerAccount, LedgerEvent

MOST_LINES = 1_000  # about 25 pages, and a second of typesetting

_ACCOUNTS = {
    LedgerAccount.CASH: "Money received",
    LedgerAccount.DEPOSIT: "Deposit account",
    LedgerAccount.RECEIVABLE: "Amounts due",
    LedgerAccount.SALES: "Amounts billed",
}
_SENSES = {
    LedgerAccount.CASH: "A positive balance is what was paid in.",
    LedgerAccount.DEPOSIT: "A positive balance is what is held for the partner.",
    LedgerAccount.RECEIVABLE: "A positive balance is what the partner owes.",
    LedgerAccount.SALES: "A positive balance is what the partner was billed.",
}
_EVENTS = {
    LedgerEvent.BILL: "Bill",
    LedgerEvent.CREDIT_CARRIED: "Credit carried forward",
    LedgerEvent.PAYMENT: "Payment",
    LedgerEvent.REVERSAL: "Payment reversed",
    LedgerEvent.TOP_UP: "Top-up",
}


def statement_paper(
    head: StatementHead, postings: Iterable[Posting], *, digits: int, now: datetime
) -> dict[str, Any]:
    """The data of `statement.typ`; `digits` is the least number of decimals, none is dropped."""
    tally = Tally(head.order.account, head.opening)
    lines = [_line(head, tally, posting, digits) for posting in postings]
    account, order = head.order.account, head.order
    return {
        "partner": {"name": head.partner, "id": public_id(IdPrefix.PARTNER, head.partner_id)},
        "account": _ACCOUNTS[account],
        "sense": _SENSES[account],
        "currency": order.currency,
        "zone": head.zone.key,
        "first": order.first.isoformat(),
        "last": order.last.isoformat(),
        "until": "" if now >= head.ends else _minute(now.astimezone(head.zone)),
        "opening": _shown(head.opening, digits),
        "closing": _shown(tally.balance, digits),
        "debits": _shown(tally.debits, digits),
        "credits": _shown(tally.credits, digits),
        "lines": lines,
    }


def require_paper_size(count: int) -> None:
    """Refuse what is too long for paper: InvalidInput (RANGE_TOO_LONG) above `MOST_LINES`."""
    if count > MOST_LINES:
        raise InvalidInput(
            f"These days have more than {MOST_LINES} entries; ask for fewer, or for CSV.",
            ErrorCode.RANGE_TOO_LONG,
        )


def _line(head: StatementHead, tally: Tally, posting: Posting, digits: int) -> list[str]:
    entry = tally.enter(posting)
    return [
        _minute(posting.posted_at.astimezone(head.zone)),
        _EVENTS[LedgerEvent(posting.event)],
        posting.reference,
        _shown(entry.debit, digits) if entry.debit else "",
        _shown(entry.credit, digits) if entry.credit else "",
        _shown(entry.balance, digits),
    ]


def _minute(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M")


def _shown(amount: Decimal, digits: int) -> str:
    """All decimals that it has, thousands apart, and a minus sign instead of a hyphen."""
    exponent = canonical(amount).as_tuple().exponent
    places = max(digits, -exponent if isinstance(exponent, int) else 0)
    return f"{amount:,.{places}f}".replace("-", "\N{MINUS SIGN}")
