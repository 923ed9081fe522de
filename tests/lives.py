"""A bill with a life behind it: three versions, a coupon, taxes of both kinds, two payments."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.actions.bills import reissue_bill
from models.adapters.database import Database, Tx
from models.tables.coupons import Coupon, TaxComponent
from tests.actions.desk import NOW, Desk, an_issued_bill, shown
from tests.builders import a_customer, a_partner, some_charges

FIRST = [
    {"amount": "100.000000000000000001"},
    {"amount": "20.5", "product": "Object Storage", "region": None},
    {"amount": "-7.25", "charge_type": "REFUND"},
    {"amount": "0.305", "charge_type": "TAX"},
]
LATE = [
    {"amount": "3.3333"},
    {"amount": "40", "product": "Firewall", "market": "MARKETPLACE"},
    {"amount": "0.1", "charge_type": "TAX"},
]
GRANTED = [{"amount": "-2.5", "charge_type": "ADJUSTMENT", "category": "Credit", "account": ""}]


@dataclass(frozen=True)
class Life:
    """Row numbers of what was made."""

    partner: int
    bill: int
    customers: list[int]


async def a_life(db: Database, *, name: str = "Northwind", is_paid: bool = True) -> Life:
    """February's bill in its third version; confirmed, and 30 USD of it paid, unless told not."""
    partner = await a_partner(db, name=name)
    await _terms(db, partner)
    customers = [await a_customer(db, partner, f"{name}-{i}") for i in (1, 2)]
    desk = Desk(db, partner)
    for place, customer in enumerate(customers):
        rows: list[dict[str, Any]] = [*FIRST, {"amount": f"{place}.005"}]
        await some_charges(db, partner, [{"customer_id": customer, **row} for row in rows])
    bill = await an_issued_bill(db, partner, "1.5", product="Support", region=None)
    for number, rows in enumerate(
        ([{"customer_id": customers[0], **row} for row in LATE], GRANTED), start=1
    ):
        await some_charges(db, partner, rows)
        await db.transact(reissue_bill, bill_id=bill, now=NOW + timedelta(hours=number))
    if is_paid:
        await desk.confirm(await shown(bill))
        await desk.top_up("500 USD")
        await desk.pay(bill, amount="20 USD", key="one")
        await desk.pay(bill, amount="10 USD", key="two")
    return Life(partner, bill, customers)


async def tamper(db: Database, sql: str, *values: Any) -> None:
    """Change what is stored, as nobody should who may: past what keeps the ledger as it is."""

    async def write(tx: Tx) -> None:
        if "ledger_entries" in sql:
            await tx.client.execute_script(_UNLOCK[db.dialect.name])
        assert await tx.execute(sql, *values), sql

    await db.transact(write)


_UNLOCK = {
    "sqlite": "DROP TRIGGER ledger_entries_no_update",
    "postgres": "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only",
}


async def _terms(db: Database, partner: int) -> None:
    async def write(tx: Tx) -> None:
        await Coupon.create(
            partner_id=partner, name="Welcome", currency="USD", amount=Decimal("50.125"),
            valid_from=date(2026, 6, 1), valid_until=date(2026, 6, 30), granted_by="sam",
            granted_at=NOW,
        )  # fmt: skip
        for name, rate in (("VAT", "0.06"), ("City tax", "0.0025")):
            await TaxComponent.create(
                partner_id=partner, name=name, rate=Decimal(rate), first_cycle="2026-01"
            )

    await db.transact(write)
