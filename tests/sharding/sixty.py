"""Sixty months of one partner, all alike."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bench.months import repeat_charges
from models.actions.bills import issue_bills
from models.adapters.database import Database
from models.rules.months import BillingMonth
from tests.builders import a_customer, a_partner, some_charges

FIRST, COUNT = BillingMonth.parse("2021-09"), 60
NOW = datetime(2026, 11, 21, tzinfo=UTC)
CUSTOMERS, PRODUCTS, LINES = 10, 6, 5


@dataclass(frozen=True)
class Months:
    """The partner, and the bills of its months in their order."""

    partner: int
    bills: list[int]


async def sixty_months(db: Database) -> Months:
    """Each month with the same 300 charges of ten customers, and its bill."""
    partner = await a_partner(db)
    customers = [await a_customer(db, partner, f"c-{n}") for n in range(CUSTOMERS)]
    rows = [
        {"customer_id": customer, "product": f"Product {product}", "amount": f"{line}.25"}
        for customer in customers
        for product in range(PRODUCTS)
        for line in range(LINES)
    ]
    months = [str(FIRST.plus(n)) for n in range(COUNT)]
    await some_charges(db, partner, [{"cycle": months[0], **row} for row in rows])
    for month in months[1:]:
        await db.transact(repeat_charges, partner, months[0], month)
    bills = []
    for month in months:
        issue = {"partner_id": partner, "cycle": month, "now": NOW, "force": True}
        bills += await db.transact(issue_bills, **issue)
    return Months(partner, bills)
