"""Payments, the deposit they are made from, and what is due now."""

from models.adapters.database import Database
from models.reads.engine.shapes import (
    Amount,
    Flag,
    Instant,
    Key,
    Many,
    One,
    Root,
    Shape,
    Text,
    Word,
    identity,
    of_partner,
)
from models.rules.collections import collect_key, refund_key
from models.rules.ids import IdPrefix

ALLOCATION = Shape(
    "Allocation",
    "allocations {t} JOIN payments {t}y"
    " ON {t}y.partner_id = {t}.partner_id AND {t}y.id = {t}.payment_id",
    {
        "bill": One("Bill", of_partner("{c}.id = {t}.bill_id")),
        "payment": One("Payment", of_partner("{c}.id = {t}.payment_id")),
        "amount": Amount("{t}.amount", "{t}y.currency"),
        "isCounted": Flag("{t}y.status = 'SUCCEEDED'"),
    },
)

PAYMENT = Shape(
    "Payment",
    "payments {t}",
    {
        "id": Word("'pay_' || {t}.id"),
        "amount": Amount("{t}.amount"),
        "method": Word("{t}.method"),
        "status": Word("{t}.status"),
        "failure": Text("{t}.failure"),
        "actionUrl": Text("{t}.action_url"),
        "toDeposit": Amount("{t}.surplus"),
        "paidAt": Instant("{t}.paid_at"),
        "paidBy": Text("{t}.paid_by"),
        # Deposits of the first release settled without saying so.
        "settledAt": Instant(
            "coalesce({t}.settled_at, CASE WHEN {t}.method = 'DEPOSIT' THEN {t}.paid_at END)"
        ),
        "reversedAt": Instant("{t}.reversed_at"),
        "allocations": Many("Allocation", of_partner("{c}.payment_id = {t}.id"), "{c}.id"),
    },
    tenant="{t}.partner_id",
)
PAYMENT_KEYS = (Key("{c}.id"),)

DEPOSIT = Shape(
    "Deposit",
    "(SELECT e.currency, {sum[e.amount]} AS debit FROM ledger_entries e"
    " WHERE e.partner_id = {p}.id AND e.account = 'DEPOSIT' GROUP BY e.currency) {t}",
    {"currency": Word("{t}.currency"), "balance": Amount("{zero}", minus="{t}.debit")},
)

AMOUNT_DUE = Shape(
    "AmountDue",
    "(SELECT x.currency, {sum_if[x.outstanding, x.is_newest]} AS newest,"
    " {sum_if[x.outstanding, NOT x.is_newest]} AS earlier, {sum[x.outstanding]} AS total"
    " FROM (SELECT b.currency, {minus[v.amount_due, b.paid]} AS outstanding,"
    " b.cycle = (SELECT max(n.cycle) FROM bills n WHERE n.partner_id = b.partner_id) AS is_newest"
    " FROM bills b JOIN bill_versions v ON v.partner_id = b.partner_id AND v.id = b.version_id"
    " WHERE b.partner_id = {p}.id) x GROUP BY x.currency) {t}",
    {
        "currency": Word("{t}.currency"),
        "newestCycle": Amount("{t}.newest"),
        "earlierCycles": Amount("{t}.earlier"),
        "total": Amount("{t}.total"),
    },
)

PAYMENT_BY_ID = Root(PAYMENT, filters={"id": identity(IdPrefix.PAYMENT)})


async def gateway_job(db: Database, payment_id: int) -> int | None:
    """The job that asks the gateway for the first time, or has a reversed payment sent back.

    To ring the bell for; None when it is no longer waiting.
    """
    rows = await db.fetch(
        "SELECT id FROM jobs WHERE key IN ($1, $2) AND status = 'QUEUED' ORDER BY id DESC LIMIT 1",
        *(collect_key(payment_id, 1), refund_key(payment_id)),
    )
    return int(rows[0]["id"]) if rows else None
