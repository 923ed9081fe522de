"""A partner's month for API tests: three customers, every kind of charge, one issued bill."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from models.actions.bills import issue_bills
from models.actions.estimates import take_estimates
from models.actions.storage_eligibility import allow_storage
from models.actions.storage_enabling import Enabling, enable_storage
from models.adapters.database import Database
from tests.builders import a_customer, a_partner, some_charges
from tests.storing import SALES, a_bucket, admin, grant

ISSUED = datetime(2026, 11, 4, 18, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, tzinfo=UTC)
STORED = datetime(2026, 11, 10, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Month:
    """Row numbers of what was made."""

    partner: int
    customers: list[int]
    bills: list[int]


def _rows(customers: list[int], cycle: str) -> list[dict[str, Any]]:
    common = {"cycle": cycle, "list_amount": Decimal("200"), "quantity": Decimal("24")}
    rows: list[dict[str, Any]] = []
    for place, customer in enumerate(customers):
        mine = {"customer_id": customer, **common}
        rows += [
            {**mine, "amount": f"{100 - place}.000000000000000001"},
            {**mine, "amount": "7.5", "product": "Object Storage", "region": None},
            {**mine, "amount": "3", "product": "Firewall", "market": "MARKETPLACE"},
            {**mine, "amount": "-0.5", "charge_type": "REFUND", "region": "eu-west-0"},
        ]
    rows.append({**common, "amount": "-1.25", "charge_type": "ADJUSTMENT", "category": "Credit"})
    rows.append({**common, "amount": "0.075", "charge_type": "TAX", "category": "Tax"})
    # Digests are golden: they must not depend on what other tests made.
    return [
        {**row, "key": f"{cycle}/{place}".encode().ljust(16), "checksum": place + 1}
        for place, row in enumerate(rows)
    ]


async def a_month(db: Database, *, size: int = 3, name: str = "Northwind") -> Month:
    """October 2026 as a bill, November as an estimate; `size` customers."""
    partner = await a_partner(db, name=name)
    customers = [
        await a_customer(
            db, partner, f"{name}-{i}", name=f"{name} Customer {i}", email=f"c{i}@example.com"
        )
        for i in range(1, size + 1)
    ]
    await some_charges(db, partner, _rows(customers, "2026-10"))
    await some_charges(db, partner, _rows(customers[:1], "2026-11"))
    bills = await db.transact(issue_bills, partner_id=partner, cycle="2026-10", now=ISSUED)
    await db.transact(take_estimates, partner_id=partner, as_of=TODAY.date(), now=TODAY)
    return Month(partner, customers, bills)


async def store(db: Database, month: Month) -> None:
    """Let the partner's bills go to a bucket; that of October waits to be confirmed."""
    partner = month.partner
    await db.transact(allow_storage, SALES, partner_id=partner, now=STORED)
    await grant(db, partner, now=STORED)
    enabling = Enabling(partner, stores_customer_bills=True)
    bucket = a_bucket(partner)
    await db.transact(enable_storage, admin(partner), enabling, bucket, now=STORED)
