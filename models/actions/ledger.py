"""Writing to a partner's ledger, and what its deposit account holds (R14, I18)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.adapters.database import Tx
from models.rules.ids import LARGEST_ID
from models.rules.ledger import Side, Sides
from models.rules.money import EXACT
from models.rules.states import LedgerEvent
from models.tables.payments import LedgerEntry


@dataclass(frozen=True, slots=True)
class Transaction:
    """Money that moved: `ref` names its cause and is unique, the sides add up to 0."""

    partner_id: int
    currency: str
    event: LedgerEvent
    ref: str
    sides: Sides


async def post(tx: Tx, transaction: Transaction, *, now: datetime) -> list[int]:
    """Write a transaction's entries; their ids, in the order of its sides."""
    return [await _enter(tx, transaction, side, now=now) for side in transaction.sides]


async def _enter(tx: Tx, transaction: Transaction, side: Side, *, now: datetime) -> int:
    entry = await LedgerEntry.create(
        using_db=tx.client,
        partner_id=transaction.partner_id,
        currency=transaction.currency,
        account=side.account.value,
        event=transaction.event.value,
        transaction_ref=transaction.ref,
        amount=side.amount,
        posted_at=now,
    )
    return int(entry.id)


async def carried_so_far(tx: Tx, partner_id: int, currency: str, bill: str) -> Decimal:
    """How much of a bill's credit stands on later bills; `bill` is its public id."""
    [row] = await tx.fetch(
        f"SELECT {tx.dialect.amount_text(tx.dialect.sum('amount'))} AS carried FROM ledger_entries"
        " WHERE partner_id = $1 AND currency = $2 AND account = 'RECEIVABLE'"
        " AND event = 'CREDIT_CARRIED' AND transaction_ref LIKE $3",
        partner_id,
        currency,
        f"{bill}/%",
    )
    return Decimal(row["carried"])


async def deposit_balance(
    tx: Tx, partner_id: int, currency: str, *, through_entry: int = LARGEST_ID
) -> Decimal:
    """What the vendor keeps for the partner in one currency, ≥ 0.

    With `through_entry`, as it was right after that entry of the deposit account.
    """
    [row] = await tx.fetch(
        f"SELECT {tx.dialect.amount_text(tx.dialect.sum('amount'))} AS debits FROM ledger_entries"
        " WHERE partner_id = $1 AND currency = $2 AND account = 'DEPOSIT' AND id <= $3",
        partner_id,
        currency,
        through_entry,
    )
    return EXACT.minus(Decimal(row["debits"]))
