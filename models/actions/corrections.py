"""What is left to correct of a charge (I17): of itself, and of all that it corrects in its turn."""

from decimal import Decimal

from models.adapters.database import Tx
from models.adapters.dialects import Dialect
from models.rules.corrections import Corrected
from models.rules.money import EXACT
from models.tables.charges import Charge


async def correction_chain(tx: Tx, charge: Charge) -> list[Corrected]:
    """The charge, what it corrects, and so on; last the transaction of the original, if it has one.

    Called under `lock_partner`, as the answer holds until somebody corrects something.
    """
    rows = await tx.fetch(_chain_sql(tx.dialect), charge.id, charge.partner_id)
    chain = [Corrected(Decimal(row["amount"]), Decimal(row["corrections"])) for row in rows]
    ref = original_ref_of(charge)
    transaction = await _transaction(tx, charge, ref) if ref is not None else None
    return [*chain, transaction] if transaction else chain


def original_ref_of(charge: Charge) -> str | None:
    """How files name the original that a charge is part of, or is about."""
    return charge.original_ref or charge.transaction_ref


def _chain_sql(d: Dialect) -> str:
    amount, corrections = d.amount_text("u.amount"), d.sum("c.amount", "c.id <> u.id")
    return f"""
WITH RECURSIVE up (id, above, amount, depth) AS (
    SELECT id, corrects_id, amount, 0 FROM charges WHERE partner_id = $2 AND id = $1
    UNION ALL SELECT c.id, c.corrects_id, c.amount, up.depth + 1
        FROM up JOIN charges c ON c.partner_id = $2 AND c.id = up.above
), below (root, id) AS (
    SELECT id, id FROM up
    UNION ALL SELECT below.root, c.id FROM below
        JOIN charges c ON c.partner_id = $2 AND c.corrects_id = below.id
)
SELECT {amount} AS amount, {d.amount_text(corrections)} AS corrections
FROM up u JOIN below ON below.root = u.id JOIN charges c ON c.partner_id = $2 AND c.id = below.id
GROUP BY u.id, u.amount, u.depth ORDER BY u.depth"""


async def _transaction(tx: Tx, charge: Charge, ref: str) -> Corrected | None:
    """What a transaction came to, and what was taken back of it; None where it is unknown.

    Whatever is about a transaction names it: refunds in files, and corrections of any part of it.
    """
    total, about = tx.dialect.amount_text(tx.dialect.sum("amount")), _named("original_ref")
    [row] = await tx.fetch(
        f"SELECT o.originals, o.total, r.total AS raised, c.total AS corrections"
        f" FROM (SELECT count(*) AS originals, {total} AS total {_named('transaction_ref')}"
        " AND original_ref IS NULL AND charge_type = 'EXPENDITURE') o"
        f" CROSS JOIN (SELECT {total} AS total {about} AND charge_type = 'EXPENDITURE') r"
        f" CROSS JOIN (SELECT {total} AS total {about}"
        " AND charge_type IN ('REFUND', 'ADJUSTMENT')) c",
        *(charge.partner_id, charge.currency, ref),
    )
    if not row["originals"]:
        return None
    amount = EXACT.add(Decimal(row["total"]), Decimal(row["raised"]))
    return Corrected(amount, Decimal(row["corrections"]))


def _named(column: str) -> str:
    # The beginning of a reference is in an index, which SQLite overlooks when the whole of it is
    # compared with a constant: hence the detour.
    return (
        f"FROM charges WHERE partner_id = $1 AND currency = $2 AND {column} IS NOT NULL"
        f" AND substr({column}, 1, 100) = substr(CAST($3 AS TEXT), 1, 100)"
        f" AND {column} || '' = $3"
    )
