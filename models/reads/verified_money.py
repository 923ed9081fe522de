"""Money held against what moved it: bills, payments and the ledger."""

from decimal import Decimal
from typing import Any

from models.adapters.database import Database
from models.adapters.dialects import Dialect
from models.reads.verified_rows import verify_rows
from models.rules.ids import IdPrefix, public_id
from models.rules.money import EXACT
from models.rules.states import BillStatus, PaymentOutcome
from models.rules.tampering import require_equal

_MOVED = (PaymentOutcome.SUCCEEDED, PaymentOutcome.REVERSED)


async def verify_bill_money(db: Database, partner_id: int, bill_id: int) -> None:
    """What a bill says is paid, and what it has in the ledger; raises Tampered."""
    [row] = await db.fetch(_bill_sql(db.dialect), partner_id, bill_id)
    where = public_id(IdPrefix.BILL, bill_id)
    paid, allocated, booked, ledger, amount = (
        Decimal(row[name]) for name in ("paid", "allocated", "booked", "ledger", "bill_amount")
    )
    require_equal(where, "what is paid, from its payments", expected=allocated, found=paid)
    require_equal(where, "what the ledger has as owed", expected=booked, found=ledger)
    is_booked = row["status"] == BillStatus.CONFIRMED or not row["confirmation_required"]
    what, due = "what is booked of the bill amount", amount if is_booked else Decimal(0)
    require_equal(where, what, expected=due, found=booked)


def _bill_sql(d: Dialect) -> str:
    allocated = (
        f"SELECT {d.sum('a.amount')} FROM allocations a JOIN payments y"
        " ON y.partner_id = a.partner_id AND y.id = a.payment_id"
        " WHERE a.partner_id = b.partner_id AND a.bill_id = b.id AND y.status = 'SUCCEEDED'"
    )
    ledger = (
        f"SELECT {d.sum('e.amount')} FROM ledger_entries e WHERE e.partner_id = b.partner_id"
        " AND e.currency = b.currency AND e.account = 'RECEIVABLE' AND e.event = 'BILL'"
        " AND e.transaction_ref LIKE 'bil_' || b.id || '/%'"
    )
    return (
        "SELECT b.status, b.confirmation_required, b.paid, b.booked, v.bill_amount,"
        f" ({allocated}) AS allocated, ({ledger}) AS ledger FROM bills b JOIN bill_versions v"
        " ON v.partner_id = b.partner_id AND v.id = b.version_id"
        " WHERE b.partner_id = $1 AND b.id = $2"
    )


async def verify_payments(db: Database, partner_id: int | None) -> int:
    """Each payment is what went to bills, and has moved that in the ledger; how many there are.

    Raises Tampered.
    """
    sql, values = _of_partner(_payments_sql(db.dialect), "p.partner_id", partner_id)
    return await verify_rows(db, _verify_payment, f"{sql} ORDER BY p.id", *values)


def _verify_payment(row: Any) -> None:
    where = public_id(IdPrefix.PAYMENT, row["id"])
    amount, surplus, allocated, ledger = (
        Decimal(row[name]) for name in ("amount", "surplus", "allocated", "ledger")
    )
    part = EXACT.subtract(amount, surplus)
    if row["status"] in _MOVED:
        what = "what went to bills, from its allocations"
        require_equal(where, what, expected=allocated, found=part)
    owed = part if row["status"] == PaymentOutcome.SUCCEEDED else Decimal(0)
    require_equal(where, "what it took off the debt in the ledger", expected=owed, found=ledger)


def _payments_sql(d: Dialect) -> str:
    ledger = (
        f"SELECT {d.minus(d.zero, d.sum('e.amount'))} FROM ledger_entries e"
        " WHERE e.partner_id = p.partner_id AND e.account = 'RECEIVABLE'"
        " AND e.transaction_ref IN ('pay_' || p.id, 'pay_' || p.id || '/reversal')"
    )
    return (
        "SELECT p.id, p.status, p.amount, p.surplus, (SELECT "
        f"{d.sum('a.amount')} FROM allocations a"
        " WHERE a.partner_id = p.partner_id AND a.payment_id = p.id) AS allocated,"
        f" ({ledger}) AS ledger FROM payments p"
    )


async def verify_ledger(db: Database, partner_id: int | None) -> int:
    """The sides of every transaction add up to 0, in one currency of one partner; how many.

    Raises Tampered.
    """
    d = db.dialect
    sql, values = _of_partner(
        "SELECT transaction_ref, count(DISTINCT partner_id || currency) AS owners,"
        f" {d.amount_text(d.sum('amount'))} AS total FROM ledger_entries e",
        "e.partner_id",
        partner_id,
    )
    grouped = f"{sql} GROUP BY transaction_ref ORDER BY min(id)"
    return await verify_rows(db, _verify_transaction, grouped, *values)


def _verify_transaction(row: Any) -> None:
    where, total = f"ledger transaction {row['transaction_ref']}", Decimal(row["total"])
    require_equal(where, "the sum of its sides", expected=Decimal(0), found=total)
    what = "how many partners and currencies it has"
    require_equal(where, what, expected=1, found=row["owners"])


def _of_partner(sql: str, column: str, partner_id: int | None) -> tuple[str, tuple[int, ...]]:
    return (sql, ()) if partner_id is None else (f"{sql} WHERE {column} = $1", (partner_id,))
