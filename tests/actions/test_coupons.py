"""Coupons and taxes: what they take off a bill, and what they put on it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.actions.bills import reissue_bill
from models.actions.coupons import Application, Grant, apply_coupon, grant_coupon
from models.actions.taxes import TaxOrder, set_taxes
from models.adapters.database import Database
from models.rules.derived import Tax
from models.rules.errors import BillingError, ErrorCode
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillVersion, DerivedLine
from models.tables.coupons import Coupon, TaxComponent
from tests.actions.desk import NOW, SALES, Desk, finance, money
from tests.builders import a_charge, a_partner

TODAY = NOW.date()
VAT = Tax("VAT", Decimal("0.06"))


@pytest.fixture
async def desk(db: Database) -> Desk:
    return Desk(db, await a_partner(db))


async def grant(desk: Desk, amount: str, until: date = TODAY, **changes: Any) -> int:
    values = {"name": "Welcome", "days": (TODAY - timedelta(days=3), until), "key": "g"} | changes
    key = f"{values['key']}/{amount}/{until}"
    order = Grant(desk.partner, values["name"], money(amount), values["days"], key)
    return await desk.db.transact(grant_coupon, values.get("who", SALES), order, now=NOW)


async def apply(desk: Desk, bill: int, coupon: int, **changes: Any) -> None:
    application = Application(bill, coupon, changes.get("key", "a"))
    who = changes.get("who", SALES)
    await desk.db.transact(apply_coupon, who, application, now=NOW)


async def current(bill: int) -> BillVersion:
    return await BillVersion.get(id=(await Bill.get(id=bill)).version_id)


async def lines(bill: int) -> list[tuple[str, str, Decimal]]:
    version = (await Bill.get(id=bill)).version_id
    found = await DerivedLine.filter(version_id=version).order_by("position")
    return [(line.line_type, line.name, line.amount) for line in found]


async def refused(code: ErrorCode, verb: Any) -> None:
    before = [await table.all().count() for table in (BillVersion, DerivedLine, AuditEntry, Coupon)]
    with pytest.raises(BillingError) as error:
        await verb
    assert error.value.code is code
    assert before == [
        await table.all().count() for table in (BillVersion, DerivedLine, AuditEntry, Coupon)
    ]


async def test_coupons_are_used_oldest_expiry_first_and_their_rest_by_the_next_bill(
    desk: Desk,
) -> None:
    await grant(desk, "50 USD", TODAY + timedelta(days=9), name="Later")
    await grant(desk, "30 USD", name="Sooner")
    await grant(desk, "99 EUR", name="Euro")
    first = await desk.bill("60.005")
    assert await lines(first) == [
        ("COUPON", "Sooner", Decimal(-30)),
        ("COUPON", "Later", Decimal("-30.005")),
    ]
    assert (await current(first)).amount_due == 0
    second = await desk.bill("100", cycle="2026-03")
    assert await lines(second) == [
        ("COUPON", "Later", Decimal("-19.995")),
        ("ROUNDING", "Rounding", Decimal("0.005")),
    ]
    version = await current(second)
    assert (version.coupons, version.bill_amount) == (Decimal("19.995"), Decimal("80.01"))


async def test_a_coupon_outside_of_its_days_is_not_used(desk: Desk) -> None:
    await grant(desk, "5 USD", days=(TODAY + timedelta(days=1), TODAY + timedelta(days=9)))
    await grant(desk, "6 USD", days=(date(2020, 1, 1), TODAY - timedelta(days=1)))
    bill = await desk.bill("60")
    assert await lines(bill) == []


async def test_a_later_version_works_coupons_out_anew(desk: Desk) -> None:
    await grant(desk, "50 USD")
    bill = await desk.bill("40")
    other = await desk.bill("100", cycle="2026-03")
    assert (await current(other)).coupons == 10
    await a_charge(desk.db, desk.partner, "-15", charge_type="REFUND")
    later = NOW + timedelta(days=30)
    await desk.db.transact(reissue_bill, bill_id=bill, now=later)
    # It has expired by now, and yet is not lost: it was valid when the bill was issued.
    assert (await current(bill)).coupons == 25
    assert (await current(other)).coupons == 10


async def test_a_coupon_granted_later_is_applied_by_a_new_version(desk: Desk) -> None:
    bill = await desk.bill("40")
    coupon = await grant(desk, "15.50 USD")
    assert (await current(bill)).coupons == 0
    await apply(desk, bill, coupon)
    await apply(desk, bill, coupon)
    version = await current(bill)
    assert (version.number, version.reason, version.note) == (2, "COUPON", "Welcome")
    assert version.bill_amount == Decimal("24.5")
    await refused(ErrorCode.COUPON_NOT_VALID, apply(desk, bill, coupon, key="b"))


async def test_a_coupon_is_refused_where_it_cannot_count(desk: Desk, db: Database) -> None:
    bill = await desk.bill("40")
    coupon, euros = await grant(desk, "15 USD"), await grant(desk, "15 EUR")
    other = Desk(db, await a_partner(db, name="Contoso"))
    foreign = await grant(other, "15 USD", TODAY + timedelta(days=1))
    await refused(ErrorCode.CURRENCY_MISMATCH, apply(desk, bill, euros))
    await refused(ErrorCode.NOT_FOUND, apply(desk, bill, foreign))
    await refused(ErrorCode.NOT_FOUND, apply(desk, 99, coupon))
    await refused(ErrorCode.FORBIDDEN, apply(desk, bill, coupon, who=finance(desk.partner)))
    stranger = Principal("cleo", Role.CHANNEL_MANAGER)
    await refused(ErrorCode.NOT_FOUND, apply(desk, bill, coupon, who=stranger))
    await refused(ErrorCode.NOT_FOUND, grant(desk, "9 USD", who=stranger))
    await Bill.filter(id=bill).update(status="DISPUTED")
    await refused(ErrorCode.OPEN_DISPUTE, apply(desk, bill, coupon))
    await Bill.filter(id=bill).update(status="CONFIRMED")
    await refused(ErrorCode.BILL_CONFIRMED, apply(desk, bill, coupon))


async def test_a_coupon_does_not_bring_the_amount_due_below_what_is_paid(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    bill = await desk.bill("40")
    await desk.top_up("40 USD")
    await desk.pay(bill, amount="30 USD")
    coupon = await grant(desk, "15 USD")
    await refused(ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING, apply(desk, bill, coupon))


@pytest.mark.parametrize("amount", ["0 USD", "-1 USD", "1.001 USD", "1.5 JPY"])
async def test_a_coupon_needs_a_proper_amount(desk: Desk, amount: str) -> None:
    await refused(ErrorCode.INVALID_AMOUNT, grant(desk, amount))


async def test_a_coupon_that_ends_before_it_begins_is_refused(desk: Desk) -> None:
    days = (TODAY, TODAY - timedelta(days=1))
    await refused(ErrorCode.INVALID_RANGE, grant(desk, "1 USD", days=days))


async def test_taxes_are_taken_of_what_coupons_leave_and_set_by_cycle(desk: Desk) -> None:
    await grant(desk, "40.50 USD")
    order = TaxOrder(desk.partner, "2026-02", [VAT, Tax("City", Decimal("0.015"))])
    await desk.db.transact(set_taxes, SALES, order, now=NOW)
    later = TaxOrder(desk.partner, "2026-03", [Tax("VAT", Decimal("0.09"))])
    await desk.db.transact(set_taxes, SALES, later, now=NOW)
    bill = await desk.bill("100.004")
    assert await lines(bill) == [
        ("COUPON", "Welcome", Decimal("-40.5")),
        ("ROUNDING", "Rounding", Decimal("-0.004")),
        ("TAX", "VAT", Decimal("3.57")),
        ("TAX", "City", Decimal("0.89")),
    ]
    version = await current(bill)
    assert (version.tax, version.bill_amount) == (Decimal("4.46"), Decimal("63.96"))
    march = await desk.bill("10", cycle="2026-03")
    assert await lines(march) == [("TAX", "VAT", Decimal("0.9"))]
    assert await TaxComponent.all().count() == 3


async def test_taxes_are_refused_from_others_and_for_others(desk: Desk) -> None:
    order = TaxOrder(desk.partner, "2026-02", [VAT])
    transact = desk.db.transact
    await refused(ErrorCode.FORBIDDEN, transact(set_taxes, finance(desk.partner), order, now=NOW))
    nobody = TaxOrder(99, "2026-02", [VAT])
    await refused(ErrorCode.NOT_FOUND, transact(set_taxes, SALES, nobody, now=NOW))
    twice = TaxOrder(desk.partner, "2026-02", [VAT, VAT])
    await refused(ErrorCode.INVALID_INPUT, transact(set_taxes, SALES, twice, now=NOW))
    steep = TaxOrder(desk.partner, "2026-02", [Tax("VAT", Decimal(6))])
    await refused(ErrorCode.INVALID_AMOUNT, transact(set_taxes, SALES, steep, now=NOW))
