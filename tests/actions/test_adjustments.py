"""Adjusting: a new version of an open bill, a line on the next one after a confirmed bill."""

from decimal import Decimal

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.actions.shown import ShownVersion
from models.adapters.database import Database
from models.rules.errors import ErrorCode, Forbidden
from models.rules.principals import Principal, Role
from models.rules.states import EventType
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillCustomer, BillVersion, ProductLine
from models.tables.charges import BillableCycle, Charge
from models.tables.events import Event
from tests.actions.channel import WHY, a_channel, everything, refusal, the_charge
from tests.actions.desk import NOW, finance, ledger, shown
from tests.builders import a_charge, a_customer, a_partner


async def current(bill: int) -> BillVersion:
    return await BillVersion.get(id=(await Bill.get(id=bill)).version_id)


async def test_issued_bill_gets_a_version_with_the_adjustment_at_once(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    first = await current(bill)
    charge = await Charge.get(id=await desk.adjust(bill, "-0.505000000000000001 USD"))
    assert (charge.charge_type, charge.category, charge.reason) == (
        "ADJUSTMENT",
        "Adjustment",
        "BILLING_ERROR",
    )
    assert (charge.cycle, charge.origin_cycle, charge.kind, charge.currency) == (
        "2026-02",
        "2026-02",
        "RESELLER",
        "USD",
    )
    assert (charge.customer_id, charge.corrects_id, charge.description) == (None, None, WHY)
    assert (charge.amount, charge.posted_at) == (Decimal("-0.505000000000000001"), NOW)
    version = await current(bill)
    assert (version.number, version.reason, version.note) == (2, "ADJUSTMENT", WHY)
    assert (version.adjustments, version.bill_amount) == (charge.amount, Decimal("99.49"))
    assert (version.previous_digest, version.through_posting) == (first.digest, charge.posting)
    assert dict(await BillVersion.get(id=first.id)) == dict(first)
    assert (await Bill.get()).status == "ISSUED"
    assert (await BillableCycle.get()).is_billed


async def test_adjustment_is_audited_and_announced_without_its_description(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    charge = await desk.adjust(bill, "5 USD", reason="CONTRACT")
    entry = await AuditEntry.get(action="ADJUST_BILL")
    assert (entry.subject, entry.role) == ("mia", "CHANNEL_MANAGER")
    assert (entry.object_id, entry.partner_id) == (f"chg_{charge}", desk.partner)
    assert entry.details == {
        "amount": "5",
        "currency": "USD",
        "reason": "CONTRACT",
        "cycle": "2026-02",
        "origin_cycle": "2026-02",
        "corrects": None,
    }
    event = await Event.get(event_type=EventType.BILL_REISSUED.value)
    assert event.payload["version"] == 2
    assert WHY not in str(event.payload)


async def test_late_charges_that_waited_are_on_the_same_version(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    await a_charge(db, desk.partner, "7")
    await desk.adjust(bill, "-10 USD")
    version = await current(bill)
    assert (version.number, version.expenditures, version.adjustments) == (2, 107, -10)
    assert await db.transact(reissue_bill, bill_id=bill, now=NOW) is True
    assert await BillVersion.all().count() == 2


async def test_adjustment_of_a_customer_is_on_its_part_of_the_bill(db: Database) -> None:
    desk = await a_channel(db)
    acme = await a_customer(db, desk.partner)
    bill = await desk.bill("100", customer_id=acme)
    charge = await Charge.get(id=await desk.adjust(bill, "-30 USD", customer_id=acme))
    assert (charge.customer_id, charge.account, charge.product) == (acme, "acme", "Adjustment")
    version = await current(bill)
    customer = await BillCustomer.get(version_id=version.id)
    assert (customer.customer_id, customer.adjustments, customer.total) == (acme, -30, 70)


async def test_adjustment_of_a_line_stands_where_the_line_stands(db: Database) -> None:
    desk = await a_channel(db)
    acme = await a_customer(db, desk.partner)
    line = {"customer_id": acme, "product": "Firewall", "market": "MARKETPLACE", "region": None}
    bill = await desk.bill("100", **line, resource="fw-1", transaction_ref="order-1")
    original = await the_charge(100)
    charge = await Charge.get(id=await desk.adjust(bill, "-30 USD", charge_id=original.id))
    assert charge.corrects_id == original.id
    assert (charge.customer_id, charge.resource, charge.original_ref) == (acme, "fw-1", "order-1")
    [product] = await ProductLine.filter(version_id=(await current(bill)).id)
    assert (product.product, product.market, product.region) == ("Firewall", "MARKETPLACE", None)
    assert (product.adjustments, product.total, product.charge_count) == (-30, 70, 2)
    entry = await AuditEntry.get(action="ADJUST_BILL")
    assert entry.details["corrects"] == f"chg_{original.id}"


async def test_confirmed_bill_is_untouched_and_corrected_on_the_next_one(db: Database) -> None:
    desk = await a_channel(db)
    february = await desk.payable("100")
    march = await desk.bill("50", cycle="2026-03")
    original = await the_charge(100)
    frozen = dict(await Bill.get(id=february)), dict(await current(february))
    charge = await Charge.get(id=await desk.adjust(february, "-10 USD", charge_id=original.id))
    assert (dict(await Bill.get(id=february)), dict(await current(february))) == frozen
    assert (charge.cycle, charge.origin_cycle) == ("2026-03", "2026-02")
    assert charge.corrects_id == original.id
    assert (await ledger())["RECEIVABLE"] == 100
    assert not (await BillableCycle.get(cycle="2026-03")).is_billed
    assert await db.transact(reissue_bill, bill_id=march, now=NOW) is True
    assert (await current(march)).bill_amount == 40


async def test_correction_waits_for_a_bill_that_is_not_there_yet(db: Database) -> None:
    desk = await a_channel(db)
    february = await desk.payable("100")
    await desk.payable("50", cycle="2026-03")
    charge = await Charge.get(id=await desk.adjust(february, "-10 USD"))
    assert (charge.cycle, charge.origin_cycle) == ("2026-04", "2026-02")
    [april] = await db.transact(issue_bills, partner_id=desk.partner, cycle="2026-04", now=NOW)
    assert (await current(april)).credit == 10


async def test_ledger_follows_the_adjustment_of_a_booked_bill(db: Database) -> None:
    desk = await a_channel(db, confirmation_required=False)
    bill = await desk.bill("100")
    await desk.adjust(bill, "-30 USD")
    assert await ledger() == {"RECEIVABLE": 70, "SALES": -70}


async def test_paid_bill_that_is_raised_is_partly_paid(db: Database) -> None:
    desk = await a_channel(db, confirmation_required=False)
    bill = await desk.bill("100")
    await desk.top_up("200 USD")
    await desk.pay(bill)
    await desk.adjust(bill, "20 USD")
    assert ((await Bill.get()).paid, (await current(bill)).amount_due) == (100, 120)


async def test_adjustment_below_what_is_paid_goes_on_to_the_next_bill(db: Database) -> None:
    desk = await a_channel(db, confirmation_required=False)
    bill = await desk.bill("100")
    await desk.top_up("80 USD")
    await desk.pay(bill, amount="80 USD")
    await desk.adjust(bill, "-20 USD", key="a")
    assert (await current(bill)).amount_due == 80
    charge = await Charge.get(id=await desk.adjust(bill, "-0.01 USD", key="b"))
    assert (charge.cycle, charge.origin_cycle) == ("2026-03", "2026-02")
    assert ((await Bill.get()).version, (await current(bill)).amount_due) == (2, 80)
    details = [e.details for e in await AuditEntry.filter(action="ADJUST_BILL").order_by("id")]
    assert [d["cycle"] for d in details] == ["2026-02", "2026-03"]


async def test_same_key_and_order_adjust_once(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    charge = await desk.adjust(bill, "-10 USD", seen=seen)
    before = await everything()
    assert await desk.adjust(bill, "-10.0 USD", seen=seen) == charge
    after = await everything()
    assert {k: v for k, v in after.items() if k != "Partner"} == {
        k: v for k, v in before.items() if k != "Partner"
    }
    error = await refusal(desk.adjust(bill, "-11 USD", seen=seen))
    assert (error.code, error.path) == (ErrorCode.IDEMPOTENCY_CONFLICT, ("idempotencyKey",))


async def test_two_keys_are_two_equal_adjustments(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    for key in ("a", "b"):
        await desk.adjust(bill, "-10 USD", key=key)
    assert (await current(bill)).bill_amount == 80


async def test_stale_version_is_refused_with_what_is_current(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    await desk.adjust(bill, "-1 USD", key="a")
    for stale in (seen, ShownVersion(bill, 1, None), ShownVersion(bill, 2, seen.digest)):
        error = await refusal(desk.adjust(bill, seen=stale, key="b"))
        assert error.code is ErrorCode.STALE_VERSION
        assert "Version 2" in error.message
    await desk.adjust(bill, seen=ShownVersion(bill, 2, None), key="c")
    assert (await Bill.get()).version == 3


@pytest.mark.parametrize(
    ("amount", "about", "code", "path"),
    [
        ("-10 EUR", {}, ErrorCode.CURRENCY_MISMATCH, ("amount",)),
        ("-10 USD", {"customer_id": 404}, ErrorCode.NOT_FOUND, ("customerId",)),
        ("-10 USD", {"charge_id": 404}, ErrorCode.NOT_FOUND, ("chargeId",)),
        ("-100.01 USD", {"charge_id": 1}, ErrorCode.CORRECTION_EXCEEDS_ORIGINAL, ("amount",)),
        ("0.01 USD", {"charge_id": 1}, ErrorCode.CORRECTION_EXCEEDS_ORIGINAL, ("amount",)),
    ],
)
async def test_adjustment_that_cannot_be_is_refused(
    db: Database, amount: str, about: dict[str, int], code: ErrorCode, path: tuple[str, ...]
) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    if about.get("charge_id") == 1:
        about = {"charge_id": (await Charge.get()).id}
    error = await refusal(desk.adjust(bill, amount, **about))
    assert (error.code, error.path) == (code, path)


async def test_line_of_another_bill_or_not_yet_on_this_one_is_not_found(db: Database) -> None:
    desk, other = await a_channel(db), await a_channel(db)
    bill = await desk.bill("100")
    await other.bill("99")
    await desk.bill("98", cycle="2026-03")
    await a_charge(db, desk.partner, "97")
    await a_charge(db, desk.partner, "96", kind="SELF_USE")
    for amount in (99, 98, 97, 96):
        charge = await the_charge(amount)
        error = await refusal(desk.adjust(bill, charge_id=charge.id))
        assert (error.code, error.path) == (ErrorCode.NOT_FOUND, ("chargeId",))


async def test_customer_of_another_partner_or_on_no_such_bill_is_refused(db: Database) -> None:
    desk = await a_channel(db)
    theirs = await a_customer(db, await a_partner(db))
    acme = await a_customer(db, desk.partner)
    referral = await a_customer(db, desk.partner, "ref", association="REFERRAL")
    bill = await desk.bill("100", customer_id=acme)
    own = await desk.bill("5", kind="SELF_USE")
    assert (await refusal(desk.adjust(bill, customer_id=theirs))).code is ErrorCode.NOT_FOUND
    for where, who in ((bill, referral), (own, acme)):
        error = await refusal(desk.adjust(where, customer_id=who))
        assert (error.code, error.path) == (ErrorCode.INVALID_INPUT, ("customerId",))
    line = (await the_charge(5)).id
    error = await refusal(desk.adjust(own, customer_id=acme, charge_id=line))
    assert (error.code, error.path) == (ErrorCode.INVALID_INPUT, ("customerId",))


async def test_bill_of_a_partner_who_is_not_assigned_is_like_a_missing_one(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    stranger = Principal("max", Role.CHANNEL_MANAGER)
    foreign = await refusal(desk.adjust(bill, seen=seen, who=stranger))
    gone = ShownVersion(404, 1, seen.digest)
    missing = await refusal(desk.adjust(bill, seen=gone, who=stranger))
    assert foreign.code is ErrorCode.NOT_FOUND
    assert (foreign.message, foreign.path) == (missing.message, missing.path)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.CHANNEL_MANAGER])
async def test_nobody_else_adjusts(db: Database, role: Role) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    who = Principal("eve", role, None if Principal("x", role).is_vendor else desk.partner)
    assert isinstance(await refusal(desk.adjust(bill, who=who)), Forbidden)
    charge = await desk.adjust(bill)
    assert isinstance(await refusal(desk.reverse(charge, who=who)), Forbidden)


async def test_partner_may_not_adjust_its_own_bill(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    assert isinstance(await refusal(desk.adjust(bill, who=finance(desk.partner))), Forbidden)
