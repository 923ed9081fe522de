"""Account statements: totals over local days, and entries with the balance after each (R14).

A statement reads the account's history up to its last day once, and a page of entries those of its
days, both along the index over (partner, currency, account, posted at).
"""

from datetime import timedelta
from typing import Any

from models.reads.engine.plans import Request
from models.reads.engine.shapes import (
    Amount,
    Connection,
    Flag,
    Instant,
    Key,
    One,
    Python,
    Shape,
    Taken,
    Word,
)
from models.rules.months import midnights
from models.rules.statements import (
    CREDIT_ACCOUNTS,
    StatementFormat,
    StatementOrder,
    statement_days,
)
from models.rules.states import LedgerAccount


def _in_own_sense(row: str, amount: str) -> str:
    accounts = ", ".join(f"'{account}'" for account in sorted(CREDIT_ACCOUNTS))
    negated = f"{{minus['0',{row}.{amount}]}}"
    return f"CASE WHEN {row}.account IN ({accounts}) THEN {negated} ELSE {row}.{amount} END"


# Materialized, so that a midnight is found once and not for each entry.
_ACCOUNT = (
    "WITH a AS MATERIALIZED (SELECT z.*, {instant_in[z.starts,z.time_zone]} AS starts_at,"
    " {instant_in[z.ends,z.time_zone]} AS ends_at FROM (SELECT {p}.id AS partner_id, {p}.time_zone,"
    " CAST({currency} AS TEXT) AS currency, CAST({account} AS TEXT) AS account,"
    " CAST({from} AS TEXT) AS first_day, CAST({to} AS TEXT) AS last_day,"
    " CAST({starts} AS TEXT) AS starts, CAST({ends} AS TEXT) AS ends) z)"
)
_COLUMNS = "a.partner_id, a.currency, a.account, a.first_day, a.last_day, a.starts_at, a.ends_at"
_SUMS = (
    f"{_ACCOUNT} SELECT {_COLUMNS},"
    " {sum_if[e.amount,e.posted_at < a.starts_at]} AS before,"
    " {sum_if[e.amount,e.posted_at >= a.starts_at AND e.amount > '0']} AS debits,"
    " {sum_if[e.amount,e.posted_at >= a.starts_at AND e.amount < '0']} AS credits"
    " FROM a LEFT JOIN ledger_entries e ON e.partner_id = a.partner_id AND e.currency = a.currency"
    f" AND e.account = a.account AND e.posted_at < a.ends_at GROUP BY {_COLUMNS}"
)


def _starts(first: str, last: str) -> str:
    return midnights(statement_days(first, last)[0])


def _ends(first: str, last: str) -> str:
    return midnights(statement_days(first, last)[1] + timedelta(days=1))


TAKES = {name: Taken() for name in ("currency", "from", "to", "account")} | {
    "starts": Taken(_starts, of=("from", "to")),
    "ends": Taken(_ends, of=("from", "to")),
}


def _link(file_format: StatementFormat) -> Python:
    def finish(request: Request, order: Any) -> str:
        partner_id, currency, account, *days = order
        named = StatementOrder(currency, LedgerAccount(account), *statement_days(*days))
        return request.link(partner_id, named.object_id(file_format))

    names = ("currency", "account", "first_day", "last_day")
    texts = "".join(f""" || ',"' || {{t}}.{name} || '"'""" for name in names)
    return Python(f"'[' || {{t}}.partner_id{texts} || ']'", finish)


STATEMENT = Shape(
    "Statement",
    f"(SELECT y.*, {_in_own_sense('y', 'before')} AS opening,"
    f" {_in_own_sense('y', 'after')} AS closing FROM"
    f" (SELECT x.*, {{plus[x.before,x.debits,x.credits]}} AS after FROM ({_SUMS}) x) y) {{t}}",
    {
        "account": Word("{t}.account"),
        "currency": Word("{t}.currency"),
        "from": Word("{t}.first_day"),
        "to": Word("{t}.last_day"),
        "isComplete": Flag("{t}.ends_at <= {now}"),
        "openingBalance": Amount("{t}.opening"),
        "closingBalance": Amount("{t}.closing"),
        "totalDebits": Amount("{t}.debits"),
        "totalCredits": Amount("{zero}", minus="{t}.credits"),
        "entries": Connection(
            "StatementEntry", "TRUE", (Key("{c}.posted_at", "instant"), Key("{c}.id"))
        ),
        "csvUrl": _link(StatementFormat.CSV),
        "pdfUrl": _link(StatementFormat.PDF),
    },
)

# The bill version or payment; the beginning of what stands for a request.
REFERENCE = (
    "CASE WHEN e.event = 'TOP_UP' THEN substr(e.transaction_ref, 1, 15) ELSE e.transaction_ref END"
)


def _named(prefix: str) -> str:
    """The row number in a reference such as `bil_12/2`, where it begins with this prefix."""
    tail = "substr(e.transaction_ref, 5)"
    number = f"substr({tail}, 1, length({tail}) - length(ltrim({tail}, '0123456789')))"
    return (
        f"CASE WHEN substr(e.transaction_ref, 1, 4) = '{prefix}_' THEN CAST({number} AS BIGINT) END"
    )


_ROWS = (
    "SELECT e.id, e.partner_id, e.currency, e.event, e.posted_at, e.amount AS side,"
    f" {REFERENCE} AS reference, {_named('bil')} AS bill_id, {_named('pay')} AS payment_id,"
    f" {_in_own_sense('e', 'amount')} AS amount, {{p}}.opening FROM ledger_entries e"
    " WHERE e.partner_id = {p}.partner_id AND e.currency = {p}.currency"
    " AND e.account = {p}.account"
    " AND e.posted_at >= {p}.starts_at AND e.posted_at < {p}.ends_at"
)
STATEMENT_ENTRY = Shape(
    "StatementEntry",
    "(SELECT e.*, {plus[e.opening,e.moved]} AS balance FROM"
    f" (SELECT e.*, {{running_sum[e.amount,e.posted_at,e.id]}} AS moved FROM ({_ROWS}) e) e) {{t}}",
    {
        "id": Word("'led_' || {t}.id"),
        "postedAt": Instant("{t}.posted_at"),
        "event": Word("{t}.event"),
        "reference": Word("{t}.reference"),
        "bill": One("Bill", "{c}.id = {t}.bill_id AND {c}.partner_id = {t}.partner_id"),
        "payment": One("Payment", "{c}.id = {t}.payment_id AND {c}.partner_id = {t}.partner_id"),
        "debit": Amount("CASE WHEN {t}.side > '0' THEN {t}.side END", is_nullable=True),
        "credit": Amount(
            "CASE WHEN {t}.side < '0' THEN {zero} END", minus="{t}.side", is_nullable=True
        ),
        "amount": Amount("{t}.amount"),
        "balance": Amount("{t}.balance"),
    },
)
