"""Confirming: what was seen, once, by those who may."""

from decimal import Decimal

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.actions.confirmations import confirm_bill
from models.actions.shown import ShownVersion
from models.adapters.database import Database
from models.rules.errors import BillingError, ErrorCode, Forbidden, NotFound
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillVersion
from models.tables.charges import BillableCycle, Charge
from tests.actions.desk import NOW, Desk, ledger, shown
from tests.builders import a_charge, a_partner


async def test_confirmed_bill_is_owed(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill_id = await desk.bill("12.345")
    seen = await shown(bill_id)
    await desk.confirm(seen)
    bill = await Bill.get(id=bill_id)
    assert (bill.status, bill.confirmed_by, bill.confirmed_at) == ("CONFIRMED", "fay", NOW)
    assert await ledger() == {"RECEIVABLE": Decimal("12.35"), "SALES": Decimal("-12.35")}
    entry = await AuditEntry.get(action="CONFIRM_BILL")
    assert (entry.subject, entry.object_id) == ("fay", f"bil_{bill_id}")
    assert entry.details == {"version": 1, "digest": seen.digest, "later_charges": None}


async def test_confirmed_credit_goes_the_other_way(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    await desk.confirm(await shown(await desk.bill("-5", charge_type="REFUND")))
    assert await ledger() == {"RECEIVABLE": Decimal(-5), "SALES": Decimal(5)}


async def test_same_confirmation_again_changes_nothing(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    seen = await shown(await desk.bill())
    await desk.confirm(seen)
    before = [await model.all().values() for model in (Bill, AuditEntry)]
    await desk.confirm(seen)
    assert [await model.all().values() for model in (Bill, AuditEntry)] == before
    assert (await ledger())["RECEIVABLE"] == 100


async def refusal(desk: Desk, version: ShownVersion) -> BillingError:
    with pytest.raises(BillingError) as refused:
        await desk.confirm(version)
    return refused.value


async def test_stale_version_is_refused_with_what_is_current(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill_id = await desk.bill("100")
    seen = await shown(bill_id)
    await a_charge(db, desk.partner, "0.505")
    await db.transact(reissue_bill, bill_id=bill_id, now=NOW)
    error = await refusal(desk, seen)
    current = await shown(bill_id)
    assert (error.code, error.path) == (ErrorCode.STALE_VERSION, ("version",))
    assert f"Version 2, digest {current.digest}, is the current one." in error.message
    assert "Its bill amount is 100.51 USD; on version 1 it was 100 USD." in error.message
    assert (await Bill.get(id=bill_id)).status == "ISSUED"
    assert await ledger() == {}


@pytest.mark.parametrize(
    ("number", "digest", "path"),
    [
        (1, "0" * 64, "digest"),
        (1, "\x00 or '1", "digest"),
        (2, None, "version"),
        (0, None, "version"),
    ],
)
async def test_version_that_never_was_is_refused(
    db: Database, number: int, digest: str | None, path: str
) -> None:
    desk = Desk(db, await a_partner(db))
    seen = await shown(await desk.bill())
    error = await refusal(desk, ShownVersion(seen.bill_id, number, digest or seen.digest))
    assert (error.code, error.path) == (ErrorCode.STALE_VERSION, (path,))
    assert "not a version of this bill" in error.message


async def test_disputed_bill_is_refused(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    bill_id = await desk.bill()
    await Bill.filter(id=bill_id).update(status="DISPUTED")
    assert (await refusal(desk, await shown(bill_id))).code is ErrorCode.OPEN_DISPUTE
    assert await ledger() == {}


async def test_another_partners_bill_is_like_one_that_is_not_there(db: Database) -> None:
    desk, stranger = Desk(db, await a_partner(db)), Desk(db, await a_partner(db))
    seen = await shown(await desk.bill())
    foreign = await refusal(stranger, seen)
    missing = await refusal(stranger, ShownVersion(404, 1, seen.digest))
    assert isinstance(foreign, NotFound)
    assert (foreign.message, foreign.path) == (missing.message, missing.path)
    assert (await Bill.get()).status == "ISSUED"


@pytest.mark.parametrize("role", [Role.PARTNER_VIEWER, Role.SALES_OPS, Role.CHANNEL_MANAGER])
async def test_role_that_may_not_confirm_is_refused(db: Database, role: Role) -> None:
    desk = Desk(db, await a_partner(db))
    seen = await shown(await desk.bill())
    partner = desk.partner if role is Role.PARTNER_VIEWER else None
    with pytest.raises(Forbidden):
        await db.transact(confirm_bill, Principal("eve", role, partner), seen, now=NOW)


async def test_charges_after_the_confirmed_version_go_to_the_next_open_bill(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    february, march = await desk.bill("100"), await desk.bill("50", cycle="2026-03")
    seen = await shown(february)
    await a_charge(db, desk.partner, "7")
    await a_charge(db, desk.partner, "9", kind="SELF_USE")
    await desk.confirm(seen)
    moved = await Charge.get(amount=Decimal(7))
    assert (moved.cycle, moved.origin_cycle) == ("2026-03", "2026-02")
    assert (await Charge.get(amount=Decimal(9))).cycle == "2026-02"
    state = await BillableCycle.get(cycle="2026-03")
    assert (state.is_billed, state.last_posting) == (False, moved.posting)
    assert await db.transact(reissue_bill, bill_id=march, now=NOW) is True
    settlements = {v.bill_id: v.settlement for v in await BillVersion.all().order_by("number")}
    assert settlements == {february: Decimal(100), march: Decimal(57)}
    first = await BillVersion.get(bill_id=march, number=1)
    assert moved.posting > first.through_posting


async def test_later_charges_pass_over_confirmed_bills(db: Database) -> None:
    desk = Desk(db, await a_partner(db))
    february = await desk.bill("100")
    await desk.payable("50", cycle="2026-03")
    await a_charge(db, desk.partner, "7")
    await desk.confirm(await shown(february))
    assert (await Charge.get(amount=Decimal(7))).cycle == "2026-04"
    [april] = await db.transact(issue_bills, partner_id=desk.partner, cycle="2026-04", now=NOW)
    assert (await BillVersion.get(bill_id=april)).settlement == 7


async def test_confirmation_where_none_is_required_books_nothing_twice(db: Database) -> None:
    desk = Desk(db, await a_partner(db, confirmation_required=False))
    await desk.confirm(await shown(await desk.bill()))
    assert await ledger() == {"RECEIVABLE": Decimal(100), "SALES": Decimal(-100)}
