"""Double entry: what a bill, a payment and a top-up put on which accounts (R14, I18).

Debits are positive, credits negative; the sides of one transaction add up to 0. From the vendor's
books: RECEIVABLE is what the partner owes, DEPOSIT what the vendor keeps for it (a credit balance).
"""

from dataclasses import dataclass
from decimal import Decimal

from models.rules.money import EXACT
from models.rules.states import LedgerAccount


@dataclass(frozen=True, slots=True)
class Side:
    """One account's share of a transaction: a debit when positive, a credit when negative."""

    account: LedgerAccount
    amount: Decimal


Sides = tuple[Side, ...]


def _pair(debit: LedgerAccount, credit: LedgerAccount, amount: Decimal) -> Sides:
    """Both sides of a move; a negative amount goes the other way, nothing moves for 0."""
    if not amount:
        return ()
    return Side(debit, amount), Side(credit, EXACT.minus(amount))


def bill_sides(amount: Decimal) -> Sides:
    """A bill of that signed amount, or a change of one by it, is owed."""
    return _pair(LedgerAccount.RECEIVABLE, LedgerAccount.SALES, amount)


def carried_credit_sides(credit: Decimal) -> Sides:
    """A credit leaves its own bill, as the next bill is going to be smaller by it (R17)."""
    return _pair(LedgerAccount.RECEIVABLE, LedgerAccount.SALES, credit)


def payment_sides(amount: Decimal) -> Sides:
    """A debt is paid from the deposit account."""
    return _pair(LedgerAccount.DEPOSIT, LedgerAccount.RECEIVABLE, amount)


def top_up_sides(amount: Decimal) -> Sides:
    """Money came in for the deposit account."""
    return _pair(LedgerAccount.CASH, LedgerAccount.DEPOSIT, amount)


def collection_sides(allocated: Decimal, surplus: Decimal) -> Sides:
    """Money came in through a gateway: for debts, and what these did not take for the deposit."""
    return (
        *_some(LedgerAccount.CASH, EXACT.add(allocated, surplus)),
        *_some(LedgerAccount.RECEIVABLE, EXACT.minus(allocated)),
        *_some(LedgerAccount.DEPOSIT, EXACT.minus(surplus)),
    )


def _some(account: LedgerAccount, amount: Decimal) -> Sides:
    return (Side(account, amount),) if amount else ()


def undone(sides: Sides) -> Sides:
    """The transaction that takes these sides back."""
    return tuple(Side(side.account, EXACT.minus(side.amount)) for side in sides)
