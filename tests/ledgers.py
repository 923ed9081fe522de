"""Ledgers for tests: transactions posted as the verbs post them, at any time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.actions.ledger import Transaction, post
from models.adapters.database import Database, Tx
from models.rules.ledger import Sides, bill_sides, payment_sides, top_up_sides, undone
from models.rules.states import LedgerEvent


@dataclass(frozen=True)
class Moved:
    """Money that moved at some time."""

    event: str
    amount: Decimal
    at: datetime
    currency: str = "USD"
    ref: str = ""

    @property
    def sides(self) -> Sides:
        """What the verb of that event posts."""
        match self.event:
            case "BILL":
                return bill_sides(self.amount)
            case "TOP_UP":
                return top_up_sides(self.amount)
            case "REVERSAL":
                return undone(payment_sides(self.amount))
        return payment_sides(self.amount)


_REFS = {
    "BILL": "bil_{}/2",
    "PAYMENT": "pay_{}",
    "REVERSAL": "pay_{}/reversed",
    "TOP_UP": "top-up/{}ffffffffffffffffffffffffffffffff",
}


async def a_ledger(db: Database, partner: int, moves: Iterable[Moved]) -> None:
    """Post transactions in the order given; by default numbered by partner and place."""

    async def write(tx: Tx) -> None:
        for place, move in enumerate(moves, 1):
            ref = move.ref or _REFS[move.event].format(f"{partner}{place:07}")
            event = LedgerEvent(move.event)
            entry = Transaction(partner, move.currency, event, ref, move.sides)
            await post(tx, entry, now=move.at)

    await db.transact(write)
