"""The next open cycle, and what moves there."""

import pytest

from models.actions.cycles import move_later_charges, open_cycle
from models.actions.locks import lock_partner
from models.actions.postings import Billable
from models.adapters.database import Database, Tx
from models.tables.charges import Charge
from tests.actions.desk import Desk
from tests.builders import a_charge, a_partner


@pytest.mark.parametrize(
    ("cycle", "kind", "currency", "expected"),
    [
        ("2026-01", "RESELLER", "USD", "2026-01"),
        ("2025-12", "RESELLER", "USD", "2025-12"),
        ("2026-02", "RESELLER", "USD", "2026-04"),
        ("2026-03", "RESELLER", "USD", "2026-04"),
        ("2026-02", "SELF_USE", "USD", "2026-02"),
        ("2026-02", "RESELLER", "EUR", "2026-02"),
        ("2026-05", "RESELLER", "USD", "2026-05"),
    ],
)
async def test_open_cycle_is_the_first_without_a_confirmed_bill(
    db: Database, cycle: str, kind: str, currency: str, expected: str
) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.payable(cycle="2026-02")
    await desk.payable(cycle="2026-03")
    await desk.bill(cycle="2026-04")
    await Desk(db, await a_partner(db)).payable(cycle="2026-05")
    found = await db.transact(
        open_cycle, partner_id=desk.partner, cycle=cycle, kind=kind, currency=currency
    )
    assert found == expected


async def test_open_cycle_crosses_the_year(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.payable(cycle="2025-12")
    values = {"partner_id": desk.partner, "kind": "RESELLER", "currency": "USD"}
    assert await db.transact(open_cycle, cycle="2025-12", **values) == "2026-01"


async def test_only_later_charges_of_that_bill_move_as_a_new_posting(db: Database) -> None:
    partner = await a_partner(db)
    through = await a_charge(db, partner, "1")
    await a_charge(db, partner, "2")
    await a_charge(db, partner, "3", currency="EUR")
    await a_charge(db, partner, "4", cycle="2026-01")
    await a_charge(db, await a_partner(db), "5")

    async def move(tx: Tx) -> str | None:
        await lock_partner(tx, partner)
        billable = Billable("2026-02", "RESELLER", "USD")
        return await move_later_charges(tx, partner, billable, through_posting=through)

    assert await db.transact(move) == "2026-03"
    assert await db.transact(move) is None
    cycles = {int(c.amount): (c.cycle, c.posting) for c in await Charge.all()}
    assert cycles == {
        1: ("2026-02", 1),
        2: ("2026-03", 5),
        3: ("2026-02", 3),
        4: ("2026-01", 4),
        5: ("2026-02", 1),
    }
