"""Undoing an adjustment, and corrections of corrections: never beyond the original (I17)."""

from decimal import Decimal

import pytest

from models.actions.bills import issue_bills, reissue_bill
from models.adapters.database import Database
from models.rules.errors import ErrorCode
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from tests.actions.channel import a_channel, everything, refusal, the_charge
from tests.actions.desk import NOW, shown
from tests.builders import a_charge, a_customer, some_charges

BEYOND = ErrorCode.CORRECTION_EXCEEDS_ORIGINAL


async def settlement(bill: int) -> Decimal:
    return (await BillVersion.get(id=(await Bill.get(id=bill)).version_id)).settlement


async def test_reversal_is_the_opposite_on_a_version_of_its_own(db: Database) -> None:
    desk = await a_channel(db)
    acme = await a_customer(db, desk.partner)
    bill = await desk.bill("100")
    adjustment = await desk.adjust(bill, "-30 USD", customer_id=acme)
    reversal = await Charge.get(id=await desk.reverse(adjustment))
    assert (reversal.amount, reversal.reason, reversal.corrects_id) == (30, "REVERSAL", adjustment)
    assert (reversal.customer_id, reversal.description) == (acme, "A mistake")
    assert (await Bill.get()).version == 3
    assert await settlement(bill) == 100
    entry = await AuditEntry.get(action="REVERSE_ADJUSTMENT")
    assert (entry.object_id, entry.details["corrects"]) == (
        f"chg_{reversal.id}",
        f"chg_{adjustment}",
    )


async def test_adjustment_is_reversed_once(db: Database) -> None:
    desk = await a_channel(db)
    adjustment = await desk.adjust(await desk.bill("100"), "30 USD")
    reversal = await desk.reverse(adjustment)
    before = await everything()
    assert await desk.reverse(adjustment) == reversal
    assert (await everything())["Charge"] == before["Charge"]
    error = await refusal(desk.reverse(adjustment, key="again"))
    assert (error.code, error.path) == (ErrorCode.ALREADY_REVERSED, ("chargeId",))


async def test_what_no_channel_manager_made_is_not_reversed(db: Database) -> None:
    desk = await a_channel(db, credit_policy="CARRIED")
    await desk.payable("-30", charge_type="REFUND")
    carried = await Charge.get(reason="CARRIED_CREDIT")
    march = await desk.bill("100", cycle="2026-03")
    await desk.bill("-5", cycle="2026-04", charge_type="ADJUSTMENT", category="Credit")
    reversal = await desk.reverse(await desk.adjust(march, "-1 USD"))
    others = [carried.id, (await the_charge(100)).id, (await the_charge(-5)).id, reversal]
    for charge in others:
        error = await refusal(desk.reverse(charge, key="other"))
        assert (error.code, error.path) == (ErrorCode.INVALID_INPUT, ("chargeId",))


async def test_charge_of_another_partner_is_like_a_missing_one(db: Database) -> None:
    desk = await a_channel(db)
    adjustment = await desk.adjust(await desk.bill("100"))
    stranger = Principal("max", Role.CHANNEL_MANAGER)
    foreign = await refusal(desk.reverse(adjustment, who=stranger))
    missing = await refusal(desk.reverse(404, who=stranger))
    assert foreign.code is ErrorCode.NOT_FOUND
    assert (foreign.message, foreign.path) == (missing.message, missing.path)


async def test_reversal_after_confirmation_is_a_line_on_the_next_bill(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    adjustment = await desk.adjust(bill, "-30 USD")
    await desk.confirm(await shown(bill))
    reversal = await Charge.get(id=await desk.reverse(adjustment))
    assert (reversal.cycle, reversal.origin_cycle, reversal.amount) == ("2026-03", "2026-02", 30)
    assert await settlement(bill) == 70


async def test_reversal_of_a_correction_is_about_the_same_month(db: Database) -> None:
    desk = await a_channel(db)
    february = await desk.payable("100")
    correction = await desk.adjust(february, "-30 USD")
    reversal = await Charge.get(id=await desk.reverse(correction, key="early"))
    assert (reversal.cycle, reversal.origin_cycle) == ("2026-03", "2026-02")
    assert await Bill.all().count() == 1
    again = await desk.adjust(february, "-20 USD", key="again")
    [march] = await db.transact(issue_bills, partner_id=desk.partner, cycle="2026-03", now=NOW)
    await desk.confirm(await shown(march))
    late = await Charge.get(id=await desk.reverse(again, key="late"))
    assert (late.cycle, late.origin_cycle) == ("2026-04", "2026-02")


async def test_adjustment_of_a_disputed_bill_is_not_reversed(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    adjustment = await desk.adjust(bill)
    await desk.question(bill)
    assert (await refusal(desk.reverse(adjustment))).code is ErrorCode.OPEN_DISPUTE


async def test_line_is_never_corrected_by_more_than_it_came_to(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    line = (await Charge.get()).id
    await desk.adjust(bill, "-70 USD", charge_id=line, key="a")
    for amount in ("-30.000000000000000001 USD", "70.000000000000000001 USD"):
        error = await refusal(desk.adjust(bill, amount, charge_id=line, key="b"))
        assert (error.code, error.path) == (BEYOND, ("amount",))
    assert error.message.endswith("from -30 to 70 USD.")
    await desk.adjust(bill, "-30 USD", charge_id=line, key="c")
    assert await settlement(bill) == 0


async def test_negative_line_is_corrected_upwards(db: Database) -> None:
    desk = await a_channel(db)
    await a_charge(db, desk.partner, "-40", charge_type="REFUND")
    bill = await desk.bill("100")
    refund = (await the_charge(-40)).id
    assert (await refusal(desk.adjust(bill, "-1 USD", charge_id=refund))).code is BEYOND
    assert (await refusal(desk.adjust(bill, "41 USD", charge_id=refund))).code is BEYOND
    await desk.adjust(bill, "40 USD", charge_id=refund)
    assert await settlement(bill) == 100


async def test_correction_of_a_correction_counts_at_the_original_too(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    line = (await Charge.get()).id
    first = await desk.adjust(bill, "-40 USD", charge_id=line, key="a")
    second = await desk.adjust(bill, "25 USD", charge_id=first, key="b")
    for where, amount in (
        (first, "16 USD"),
        (first, "-26 USD"),
        (second, "-26 USD"),
        (second, "1 USD"),
        (line, "-86 USD"),
        (line, "16 USD"),
    ):
        error = await refusal(desk.adjust(bill, amount, charge_id=where, key="x"))
        assert error.code is BEYOND, (where, amount)
    await desk.adjust(bill, "-85 USD", charge_id=line, key="c")
    assert await settlement(bill) == 0
    # The original has nothing left: not even what its links would still take.
    error = await refusal(desk.adjust(bill, "-25 USD", charge_id=second, key="e"))
    assert error.code is BEYOND


async def test_partly_corrected_adjustment_is_not_reversed_whole(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    adjustment = await desk.adjust(bill, "-40 USD", key="a")
    await desk.adjust(bill, "15 USD", charge_id=adjustment, key="b")
    error = await refusal(desk.reverse(adjustment))
    assert (error.code, error.path) == (BEYOND, ("chargeId",))
    await desk.adjust(bill, "25 USD", charge_id=adjustment, key="c")
    assert await settlement(bill) == 100


@pytest.mark.parametrize("is_on_later_bill", [False, True])
async def test_imported_refunds_count_at_the_transaction_that_they_name(
    db: Database, is_on_later_bill: bool
) -> None:
    desk = await a_channel(db)
    order = {"transaction_ref": "order-1", "category": "Purchase"}
    await some_charges(db, desk.partner, [{"amount": "60", **order}, {"amount": "40", **order}])
    bill = await desk.bill("1")
    refund = {"charge_type": "REFUND", "original_ref": "order-1"}
    cycle = "2026-03" if is_on_later_bill else "2026-02"
    await a_charge(db, desk.partner, "-70", **refund, cycle=cycle)
    await db.transact(reissue_bill, bill_id=bill, now=NOW)
    line = (await the_charge(60)).id
    error = await refusal(desk.adjust(bill, "-31 USD", charge_id=line))
    assert error.code is BEYOND
    assert error.message.endswith("from -30 to 0 USD.")
    correction = await Charge.get(id=await desk.adjust(bill, "-30 USD", charge_id=line))
    assert correction.original_ref == "order-1"
    sibling = (await the_charge(40)).id
    assert (await refusal(desk.adjust(bill, "-1 USD", charge_id=sibling, key="b"))).code is BEYOND


async def test_transactions_of_others_and_unknown_ones_do_not_count(db: Database) -> None:
    desk, other = await a_channel(db), await a_channel(db)
    refund = {"charge_type": "REFUND", "original_ref": "order-1"}
    await a_charge(db, other.partner, "-70", **refund)
    await a_charge(db, desk.partner, "-70", **refund, currency="EUR", cycle="2026-01")
    await a_charge(db, desk.partner, "-50", charge_type="REFUND", original_ref="gone")
    bill = await desk.bill("60", transaction_ref="order-1")
    await desk.adjust(bill, "-60 USD", charge_id=(await the_charge(60)).id, key="a")
    await desk.adjust(bill, "50 USD", charge_id=(await the_charge(-50)).id, key="b")
    assert await settlement(bill) == 0


async def test_references_are_told_apart_beyond_what_the_index_holds(db: Database) -> None:
    desk = await a_channel(db)
    long = "订" * 500
    refund = {"charge_type": "REFUND", "original_ref": f"{long}2"}
    await a_charge(db, desk.partner, "-70", **refund)
    bill = await desk.bill("60", transaction_ref=f"{long}1")
    await desk.adjust(bill, "-60 USD", charge_id=(await the_charge(60)).id)
    assert await settlement(bill) == -70
