"""Booking while the partner's settings change: the bill, the ledger and the pages agree."""

from datetime import timedelta
from decimal import Decimal

from models.actions.bills import reissue_bill
from models.adapters.database import Database
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.partners import Partner
from tests.actions.desk import NOW, Desk, ledger
from tests.builders import a_charge, a_partner

LATER = NOW + timedelta(days=1)
MARCH = "2026-03"


async def a_quick_partner(db: Database, **settings: str) -> Desk:
    """A partner who need not confirm."""
    return Desk(db, await a_partner(db, confirmation_required=False, **settings))


async def change(desk: Desk, **settings: bool | str) -> None:
    await Partner.filter(id=desk.partner).update(**settings)


async def late(desk: Desk, bill: int, amount: str) -> None:
    """Something came late for February, and is on the bill now."""
    await a_charge(desk.db, desk.partner, amount, charge_type="ADJUSTMENT")
    await desk.db.transact(reissue_bill, bill_id=bill, now=LATER)


async def carried() -> list[tuple[str, Decimal]]:
    rows = await Charge.filter(reason="CARRIED_CREDIT").order_by("id")
    return [(charge.cycle, charge.amount) for charge in rows]


async def amounts() -> list[Decimal]:
    """What the bills come to now, the oldest first."""
    versions = [bill.version_id for bill in await Bill.all().order_by("cycle")]
    return [(await BillVersion.get(id=version)).bill_amount for version in versions]


async def test_credit_is_carried_whole_once_the_policy_says_so(db: Database) -> None:
    desk = await a_quick_partner(db)
    february = await desk.bill("-50", charge_type="REFUND")
    assert await carried() == []
    await change(desk, credit_policy="CARRIED")
    await late(desk, february, "20")
    assert await carried() == [(MARCH, -30)]
    await desk.bill("100", cycle=MARCH)
    assert await amounts() == [-30, 70]
    assert (await ledger())["RECEIVABLE"] == 70


async def test_credit_that_was_carried_is_taken_back_whatever_the_policy(db: Database) -> None:
    desk = await a_quick_partner(db, credit_policy="CARRIED")
    february = await desk.bill("-50", charge_type="REFUND")
    await change(desk, credit_policy="HELD")
    await late(desk, february, "20")
    assert await carried() == [(MARCH, -50), (MARCH, 20)]
    await desk.bill("1", cycle=MARCH)
    assert await amounts() == [-30, -29]
    assert (await ledger())["RECEIVABLE"] == -29


async def test_credit_that_grows_while_it_is_held_stays_on_its_bill(db: Database) -> None:
    desk = await a_quick_partner(db, credit_policy="CARRIED")
    february = await desk.bill("-50", charge_type="REFUND")
    await change(desk, credit_policy="HELD")
    await late(desk, february, "-10")
    assert await carried() == [(MARCH, -50)]
    assert (await ledger())["RECEIVABLE"] == -10
