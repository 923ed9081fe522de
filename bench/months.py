"""`bench months`: generation of a partner's first month and of its last, with all between them."""

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bench.postgres import PostgresStand
from bench.sqlite import SqliteStand
from bench.stand import Stand
from models.actions.bills import issue_bills, renew_bill
from models.actions.cycles import next_posting
from models.actions.locks import lock_partner
from models.actions.postings import Billable, mark_posted
from models.adapters.database import Database, Tx, open_database
from models.adapters.migrate import migrate
from models.rules.months import BillingMonth
from models.rules.states import VersionReason
from models.tables.bills import Bill
from models.tables.charges import Charge
from models.tables.customers import Customer
from models.tables.partners import Partner

FIRST = BillingMonth.parse("2021-09")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
CUSTOMERS, PRODUCTS = 50, 40


class One(StrEnum):
    """Which database is measured: one for each process, as the object mapper serves one dialect."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


_STANDS: dict[One, Callable[[Path], Stand]] = {
    One.SQLITE: SqliteStand,
    One.POSTGRES: PostgresStand,
}


def months(
    database: Annotated[One, typer.Option(help="Which database.")] = One.SQLITE,
    charges: Annotated[int, typer.Option(min=100, help="Charges in each month.")] = 20_000,
    count: Annotated[int, typer.Option(min=2, help="Months.")] = 60,
    rounds: Annotated[int, typer.Option(min=1, help="Medians are over these.")] = 5,
) -> None:
    """Measure generation of the first month and of the last of many.

    Each round makes one more version of either bill, in turn.
    """
    with TemporaryDirectory(prefix="bills-bench-") as name:
        url = _STANDS[database](Path(name)).new()
        first, last = asyncio.run(_measured(url, charges, count, rounds))
    typer.echo(
        f"{database}: month 1 {charges / first:,.0f} rows per second,"
        f" month {count} {charges / last:,.0f}; {last / first:.2f} times as long"
    )


async def _measured(url: str, charges: int, count: int, rounds: int) -> tuple[float, float]:
    await migrate(url)
    async with open_database(url) as db:
        partner = await db.transact(_begin, charges)
        for number in range(1, count):
            await db.transact(repeat_charges, partner, str(FIRST), str(FIRST.plus(number)))
        bills = []
        for number in range(count):
            issue = {"partner_id": partner, "cycle": str(FIRST.plus(number)), "now": NOW}
            bills += await db.transact(issue_bills, **issue)
        ends = bills[0], bills[-1]
        spent = [[await _renewed(db, bill) for bill in ends] for _ in range(rounds)]
    first, last = (statistics.median(each) for each in zip(*spent, strict=True))
    return first, last


async def _renewed(db: Database, bill_id: int) -> float:
    async def verb(tx: Tx) -> None:
        bill = await Bill.get(id=bill_id, using_db=tx.client)
        await renew_bill(tx, bill, VersionReason.LATE_CHARGES, now=NOW)

    begun = time.perf_counter()
    await db.transact(verb)
    return time.perf_counter() - begun


async def _begin(tx: Tx, count: int) -> int:
    """A partner with its customers and the charges of its first month."""
    terms = {"confirmation_required": True, "credit_policy": "HELD", "payment_days": 30}
    partner = await Partner.create(
        using_db=tx.client, name="Northwind", time_zone="Asia/Shanghai", created_at=NOW, **terms
    )
    customers = []
    for number in range(CUSTOMERS):
        about = {"account": f"c-{number}", "name": f"Customer {number}", "token": f"t-{number}"}
        customer = Customer(partner_id=partner.id, association="RESELLER", **about)
        await customer.save(using_db=tx.client)
        customers.append(customer.id)
    await lock_partner(tx, partner.id)
    posting = await next_posting(tx, partner.id)
    rows = [_charge(partner.id, customers, n) for n in range(count)]
    for row in rows:
        row.posting = posting
    await Charge.bulk_create(rows, using_db=tx.client)
    await mark_posted(tx, partner.id, {Billable(str(FIRST), "RESELLER", "USD")}, posting=posting)
    return int(partner.id)


def _charge(partner: int, customers: list[int], number: int) -> Charge:
    cycle = {"cycle": str(FIRST), "origin_cycle": str(FIRST), "kind": "RESELLER", "currency": "USD"}
    what = {"charge_type": "EXPENDITURE", "category": "Usage", "market": "CLOUD"}
    return Charge(
        partner_id=partner,
        posting=0,
        customer_id=customers[number % CUSTOMERS],
        product=f"Product {number // CUSTOMERS % PRODUCTS}",
        region="cn-north-4",
        billing_mode="PAY_PER_USE",
        posted_at=NOW,
        amount=Decimal(number).scaleb(-6),
        account=f"c-{number % CUSTOMERS}",
        key=number.to_bytes(16, "big"),
        occurrence=0,
        checksum=number,
        **cycle,
        **what,
    )


async def repeat_charges(tx: Tx, partner: int, like: str, month: str) -> None:
    """The charges of a month once more, in another."""
    await lock_partner(tx, partner)
    posting = await next_posting(tx, partner)
    kept = set(Charge._meta.fields_db_projection) - {"id", "cycle", "origin_cycle", "posting"}
    columns = ", ".join(sorted(kept))
    await tx.execute(
        f"INSERT INTO charges (cycle, origin_cycle, posting, {columns})"
        f" SELECT CAST($3 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), {columns} FROM charges"
        " WHERE partner_id = $1 AND cycle = $2 ORDER BY id",
        *(partner, like, month, posting),
    )
    await mark_posted(tx, partner, {Billable(month, "RESELLER", "USD")}, posting=posting)
