"""Exact decimal arithmetic inside SQLite, which has none of its own.

Amounts are canonical decimal text; Python's `decimal` does the sums (about a third of the speed of
the native, inexact REAL sum).
"""

import sqlite3
from decimal import Decimal

from models.adapters.currencies import minor_digits
from models.rules.money import (
    EXACT,
    MAX_FRACTION_DIGITS,
    amount_text,
    exact_sum,
    round_half_up,
)

_ZERO = Decimal(0)


class ExactSum:
    """SQL aggregate, also over a window: Σ of amount texts, NULLs passed over, '0' when empty."""

    def __init__(self) -> None:
        self._total = _ZERO

    def step(self, amount: str | None) -> None:
        """Add one row."""
        if amount is not None:
            self._total = EXACT.add(self._total, Decimal(amount))

    def inverse(self, amount: str | None) -> None:
        """Take away a row that has left the window."""
        if amount is not None:
            self._total = EXACT.subtract(self._total, Decimal(amount))

    def value(self) -> str:
        """The total so far."""
        return amount_text(self._total)

    def finalize(self) -> str:
        """The total."""
        return amount_text(self._total)


def _display(amount: str | None, currency: str) -> str | None:
    if amount is None:
        return None
    return format(round_half_up(Decimal(amount), minor_digits(currency)), "f")


def _minus(left: str | None, right: str | None) -> str | None:
    if left is None or right is None:
        return None
    return amount_text(EXACT.subtract(Decimal(left), Decimal(right)))


def _plus(*terms: str | None) -> str | None:
    if None in terms:
        return None
    return amount_text(exact_sum(Decimal(term) for term in terms if term is not None))


# Above any sum of amounts, in units of the 18th decimal.
_OFFSET = 10**41


def _order(amount: str | None) -> str | None:
    """Digits that are in the order of the amounts' values, also of negative ones."""
    if amount is None:
        return None
    return f"{_OFFSET + int(EXACT.scaleb(Decimal(amount), MAX_FRACTION_DIGITS)):042d}"


def install_functions(connection: sqlite3.Connection) -> None:
    """Register exact_sum, amount_minus, amount_plus, amount_display and amount_order."""
    connection.create_window_function("exact_sum", 1, ExactSum)
    connection.create_function("amount_minus", 2, _minus, deterministic=True)
    connection.create_function("amount_plus", -1, _plus, deterministic=True)
    connection.create_function("amount_display", 2, _display, deterministic=True)
    connection.create_function("amount_order", 1, _order, deterministic=True)
