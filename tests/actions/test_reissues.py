"""Versions: late charges make a new one, the old one is kept, the digests are a chain."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.actions.bills import reissue_bill
from models.adapters.database import Database
from models.rules.errors import NotFound
from models.tables.bills import Bill, BillVersion, ProductLine
from models.tables.charges import BillableCycle, Charge
from models.tables.payments import LedgerEntry
from tests.actions.desk import NOW, Desk, ledger
from tests.builders import a_charge, a_customer, a_partner, some_charges

LATER = NOW + timedelta(days=1)


async def reissue(db: Database, bill_id: int) -> bool:
    return await db.transact(reissue_bill, bill_id=bill_id, now=LATER)


async def test_late_charges_make_a_new_version_and_keep_the_old_one(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill_id = await desk.bill("100")
    first = await BillVersion.get()
    posting = await a_charge(db, desk.partner, "20.5")
    assert await reissue(db, bill_id) is True
    old, new = await BillVersion.all().order_by("number")
    assert dict(old) == dict(first)
    assert (new.number, new.reason, new.through_posting) == (2, "LATE_CHARGES", posting)
    assert (new.bill_amount, new.previous_digest) == (Decimal("120.5"), old.digest)
    assert new.digest != old.digest
    bill = await Bill.get()
    assert (bill.version, bill.version_id, bill.status) == (2, new.id, "ISSUED")
    assert (bill.issued_at, bill.is_late) == (NOW, True)
    assert (await ProductLine.get(version_id=old.id)).total == 100
    assert (await ProductLine.get(version_id=new.id)).total == Decimal("120.5")
    assert (await BillableCycle.get()).is_billed


async def test_nothing_new_makes_no_version(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill_id = await desk.bill()
    await a_charge(db, desk.partner, cycle="2026-03")
    await a_charge(db, desk.partner, currency="EUR")
    assert await reissue(db, bill_id) is True
    assert await BillVersion.all().count() == 1


async def test_disputed_bill_waits_and_a_confirmed_one_is_left_alone(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    disputed, confirmed = await desk.bill(), await desk.payable(cycle="2026-03")
    await Bill.filter(id=disputed).update(status="DISPUTED")
    await a_charge(db, desk.partner, "20")
    assert await reissue(db, disputed) is False
    assert await reissue(db, confirmed) is True
    assert await BillVersion.filter(number=2).count() == 0


async def test_unknown_bill_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound):
        await reissue(db, 404)


async def test_ledger_follows_a_booked_bill_by_the_difference(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill_id = await desk.bill("100")
    await a_charge(db, desk.partner, "-30", charge_type="REFUND")
    await reissue(db, bill_id)
    assert await ledger() == {"RECEIVABLE": Decimal(70), "SALES": Decimal(-70)}
    refs = [entry.transaction_ref for entry in await LedgerEntry.all().order_by("id")]
    assert refs == [f"bil_{bill_id}/1"] * 2 + [f"bil_{bill_id}/2"] * 2


async def test_bill_never_falls_below_what_is_paid_on_it(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill_id = await desk.bill("100")
    await desk.top_up("80 USD")
    await desk.pay(bill_id, amount="80 USD")
    await a_charge(db, desk.partner, "-20", charge_type="REFUND")
    await reissue(db, bill_id)
    assert (await BillVersion.get(id=(await Bill.get()).version_id)).amount_due == 80
    await a_charge(db, desk.partner, "-0.01", charge_type="REFUND")
    await reissue(db, bill_id)
    assert (await Bill.get()).version == 2
    assert (await Charge.get(amount=Decimal("-0.01"))).cycle == "2026-03"
    assert not await BillableCycle.filter(cycle="2026-02", is_billed=False).exists()


async def test_credit_is_carried_to_the_next_bill_and_follows_its_own(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False, credit_policy="CARRIED"))
    february = await desk.bill("-30", charge_type="REFUND")
    carried = await Charge.get(charge_type="ADJUSTMENT")
    assert (carried.cycle, carried.origin_cycle, carried.amount) == ("2026-03", "2026-02", -30)
    assert (carried.customer_id, carried.kind, carried.currency) == (None, "RESELLER", "USD")
    assert await ledger() == {"RECEIVABLE": Decimal(0), "SALES": Decimal(0)}
    await a_charge(db, desk.partner, "10")
    await reissue(db, february)
    march = await desk.bill("100", cycle="2026-03")
    version = await BillVersion.get(bill_id=march)
    assert (version.adjustments, version.bill_amount) == (-20, 80)
    assert await ledger() == {"RECEIVABLE": Decimal(80), "SALES": Decimal(-80)}


async def test_held_credit_stays_on_its_bill(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    await desk.bill("-30", charge_type="REFUND")
    assert await Charge.all().count() == 1
    assert await ledger() == {"RECEIVABLE": Decimal(-30), "SALES": Decimal(30)}


async def test_digest_is_the_same_on_every_database(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    ids = [await a_customer(db, desk.partner, account) for account in ("客户", "b", "a")]
    rows = [
        {"customer_id": customer, "amount": amount, "product": "弹性云服务器", "checksum": 7}
        for customer in (*ids, None)
        for amount in ("0.000000000000000001", "-12345678901234567.5", "1e2")
    ]
    await some_charges(db, desk.partner, rows)
    await desk.bill("1", checksum=2**40 - 1, region=None)
    assert (await BillVersion.get()).digest == (
        "2773e1d976c0ea10774cbfa18f225ba61f5f032b1c82e06dd49f127671177bba"
    )
