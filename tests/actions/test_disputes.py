"""Disputes: asked by the partner, answered by the channel manager, nothing lost meanwhile."""

from decimal import Decimal

import pytest

from models.actions.bills import reissue_bill
from models.adapters.database import Database
from models.reads.schedule import due_reissues
from models.rules.disputes import Answer, DisputeResolution
from models.rules.errors import BillingError, ErrorCode, Forbidden
from models.rules.principals import Principal, Role
from models.tables.audit import AuditEntry
from models.tables.bills import Bill, BillVersion
from models.tables.charges import Charge
from models.tables.disputes import Dispute, DisputeLine, DisputeMessage
from models.tables.events import Event
from tests.actions.channel import (
    MIA,
    Channel,
    a_change,
    a_channel,
    everything,
    refusal,
    the_charge,
)
from tests.actions.desk import NOW, finance, shown
from tests.builders import a_charge

REJECTION = Answer(DisputeResolution.REJECTED, "No.")


async def thread() -> list[tuple[str, str, str]]:
    messages = await DisputeMessage.all().order_by("id")
    return [(m.author, m.role, m.text) for m in messages]


async def events() -> list[tuple[str, object]]:
    return [(e.event_type, e.payload.get("status")) for e in await Event.all().order_by("id")]


async def test_dispute_makes_the_bill_wait(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    dispute = await Dispute.get(id=await desk.question(bill))
    assert (dispute.bill_id, dispute.partner_id, dispute.version) == (bill, desk.partner, 1)
    assert (dispute.status, dispute.opened_by, dispute.opened_at) == ("OPEN", "fay", NOW)
    assert (dispute.closed_by, dispute.closed_at, dispute.resolved_version) == (None, None, None)
    assert (await Bill.get()).status == "DISPUTED"
    assert await thread() == [("fay", "PARTNER_FINANCE", "Why so much?")]
    assert await DisputeLine.all().count() == 0


async def test_steps_are_audited_and_announced_without_what_was_said(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    first = await desk.question(bill)
    await desk.reply(first, "Which line?")
    await desk.reply(first, "All of them", finance(desk.partner))
    await desk.reject(first)
    second = await desk.question(bill, key="2")
    await desk.withdraw(second, "Never mind")
    third = await desk.question(bill, key="3")
    await desk.accept(third, key="3")
    entries = await AuditEntry.exclude(action="ISSUE_BILL").order_by("id")
    assert [(e.action, e.subject, e.object_id) for e in entries if "DISPUTE" in e.action] == [
        ("OPEN_DISPUTE", "fay", f"dsp_{first}"),
        ("REPLY_TO_DISPUTE", "mia", f"dsp_{first}"),
        ("REPLY_TO_DISPUTE", "fay", f"dsp_{first}"),
        ("RESOLVE_DISPUTE", "mia", f"dsp_{first}"),
        ("OPEN_DISPUTE", "fay", f"dsp_{second}"),
        ("WITHDRAW_DISPUTE", "fay", f"dsp_{second}"),
        ("OPEN_DISPUTE", "fay", f"dsp_{third}"),
        ("RESOLVE_DISPUTE", "mia", f"dsp_{third}"),
    ]
    assert [e.object_id for e in entries if e.action == "ADJUST_BILL"] == [
        f"chg_{(await the_charge(-10)).id}"
    ]
    assert entries[-1].details == {
        "billId": f"bil_{bill}",
        "version": 1,
        "status": "ACCEPTED",
        "resolvedVersion": 2,
    }
    assert await events() == [
        ("BILL_ISSUED", None),
        ("BILL_DISPUTED", "OPEN"),
        ("DISPUTE_ANSWERED", "OPEN"),
        ("DISPUTE_REPLIED", "OPEN"),
        ("DISPUTE_ANSWERED", "REJECTED"),
        ("BILL_DISPUTED", "OPEN"),
        ("DISPUTE_WITHDRAWN", "WITHDRAWN"),
        ("BILL_DISPUTED", "OPEN"),
        ("BILL_REISSUED", None),
        ("DISPUTE_ANSWERED", "ACCEPTED"),
    ]
    kept = str([e.details for e in entries]) + str([e.payload for e in await Event.all()])
    for said in ("Why so much", "Which line", "All of them", "See clause", "Never mind", "right"):
        assert said not in kept


async def test_message_is_kept_as_it_was_written(db: Database) -> None:
    desk = await a_channel(db)
    dispute = await desk.question(await desk.bill("100"))
    text = "  为什么 <b>so</b> much?\r\n\t=1+1 😀\x07  "
    await desk.reply(dispute, text)
    assert (await thread())[-1] == ("mia", "CHANNEL_MANAGER", text)


async def test_acceptance_makes_the_next_version(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    line = (await Charge.get()).id
    dispute = await desk.question(bill, [line])
    await desk.accept(dispute, a_change("-60 USD", charge_id=line), a_change("0.5 USD"))
    closed = await Dispute.get()
    assert (closed.status, closed.closed_by, closed.closed_at) == ("ACCEPTED", "mia", NOW)
    assert closed.resolved_version == 2
    version = await BillVersion.get(number=2)
    assert (version.reason, version.note) == ("DISPUTE_ACCEPTED", f"Dispute dsp_{dispute}")
    assert (version.adjustments, version.bill_amount) == (Decimal("-59.5"), Decimal("40.5"))
    made = await Charge.filter(reason="DISPUTE").order_by("id")
    assert [(c.amount, c.corrects_id) for c in made] == [(-60, line), (Decimal("0.5"), None)]
    assert ((await Bill.get()).status, (await Bill.get()).version) == ("ISSUED", 2)
    assert (await thread())[-1] == ("mia", "CHANNEL_MANAGER", "You are right.")
    await desk.confirm(await shown(bill))


async def test_rejection_keeps_the_version(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    await desk.reject(await desk.question(bill))
    assert ((await Dispute.get()).status, (await Dispute.get()).resolved_version) == (
        "REJECTED",
        None,
    )
    assert await shown(bill) == seen
    assert (await thread())[-1][2] == "See clause 7."
    await desk.confirm(seen)
    assert (await Bill.get()).status == "CONFIRMED"


async def test_withdrawn_dispute_leaves_the_bill_as_it_was(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    before = dict(await Bill.get())
    await desk.withdraw(await desk.question(bill))
    assert dict(await Bill.get()) == before
    dispute = await Dispute.get()
    assert (dispute.status, dispute.closed_by) == ("WITHDRAWN", "fay")
    assert len(await thread()) == 1


@pytest.mark.parametrize("ending", ["accept", "reject", "withdraw"])
async def test_charges_that_came_during_the_dispute_are_not_lost(db: Database, ending: str) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    dispute = await desk.question(bill)
    await a_charge(db, desk.partner, "7")
    assert await db.transact(reissue_bill, bill_id=bill, now=NOW) is False
    assert await due_reissues(db, {}, now=NOW) == []
    await getattr(desk, ending)(dispute)
    if ending != "accept":
        [job] = await due_reissues(db, {}, now=NOW)
        assert job.arguments == {"bill_id": bill}
        assert await db.transact(reissue_bill, bill_id=bill, now=NOW) is True
    version = await BillVersion.get(id=(await Bill.get()).version_id)
    assert (version.number, version.expenditures) == (2, 107)
    assert await due_reissues(db, {}, now=NOW) == []


async def test_acceptance_below_what_is_paid_goes_on_to_the_next_bill(db: Database) -> None:
    desk = await a_channel(db, confirmation_required=False)
    bill = await desk.bill("100")
    await desk.top_up("100 USD")
    await desk.pay(bill)
    await desk.accept(await desk.question(bill))
    assert ((await Bill.get()).status, (await Bill.get()).version) == ("ISSUED", 1)
    assert ((await Dispute.get()).status, (await Dispute.get()).resolved_version) == (
        "ACCEPTED",
        None,
    )
    moved = await Charge.get(reason="DISPUTE")
    assert (moved.cycle, moved.origin_cycle) == ("2026-03", "2026-02")


async def test_same_key_and_order_ask_and_answer_once(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    line, seen = (await Charge.get()).id, await shown(bill)
    dispute = await desk.question(bill, [line, line], seen=seen)
    assert await desk.question(bill, [line], seen=seen) == dispute
    await desk.accept(dispute)
    before = await everything()
    await desk.accept(dispute)
    assert await desk.question(bill, [line], seen=seen) == dispute
    after = await everything()
    assert {k: v for k, v in after.items() if k != "Partner"} == {
        k: v for k, v in before.items() if k != "Partner"
    }
    for again in (desk.question(bill), desk.resolve(dispute, REJECTION, key="accept")):
        assert (await refusal(again)).code is ErrorCode.IDEMPOTENCY_CONFLICT


async def test_only_the_current_version_is_disputed(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    seen = await shown(bill)
    await desk.adjust(bill)
    error = await refusal(desk.question(bill, seen=seen))
    assert (error.code, error.path) == (ErrorCode.STALE_VERSION, ("version",))


async def test_lines_of_other_bills_and_versions_are_not_found(db: Database) -> None:
    desk, other = await a_channel(db), await a_channel(db)
    bill = await desk.bill("100")
    mine = (await Charge.get()).id
    await other.bill("99")
    await desk.bill("98", cycle="2026-03")
    await a_charge(db, desk.partner, "97")
    for amount in (99, 98, 97):
        error = await refusal(desk.question(bill, [mine, (await the_charge(amount)).id]))
        assert (error.code, error.path) == (ErrorCode.NOT_FOUND, ("chargeIds",))
    assert (await refusal(desk.question(bill, []))).code is ErrorCode.INVALID_INPUT


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ("-10 EUR", ErrorCode.CURRENCY_MISMATCH, "amount"),
        ("-100.01 USD", ErrorCode.CORRECTION_EXCEEDS_ORIGINAL, "amount"),
    ],
)
async def test_acceptance_happens_whole_or_not_at_all(
    db: Database, change: str, code: ErrorCode, path: str
) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    line = (await Charge.get()).id
    dispute = await desk.question(bill)
    wrong = a_change(change, charge_id=line, path=("adjustments", "1"))
    error = await refusal(desk.accept(dispute, a_change(), wrong))
    assert (error.code, error.path) == (code, ("adjustments", "1", path))


async def test_two_changes_of_one_line_count_together(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    half = a_change("-60 USD", charge_id=(await Charge.get()).id)
    error = await refusal(desk.accept(await desk.question(bill), half, half))
    assert error.code is ErrorCode.CORRECTION_EXCEEDS_ORIGINAL


async def attempts(desk: Channel, dispute: int, who: Principal) -> list[BillingError]:
    return [
        await refusal(desk.reply(dispute, "Hello", who)),
        await refusal(desk.resolve(dispute, REJECTION, who=who)),
    ]


async def test_foreign_dispute_is_like_a_missing_one(db: Database) -> None:
    desk, other = await a_channel(db), await a_channel(db)
    dispute = await desk.question(await desk.bill("100"))
    max_ = Principal("max", Role.CHANNEL_MANAGER)
    foreign = await attempts(desk, dispute, max_)
    missing = await attempts(desk, 404, max_)
    foreign.append(await refusal(other.withdraw(dispute)))
    missing.append(await refusal(other.withdraw(404)))
    assert {error.code for error in foreign} == {ErrorCode.NOT_FOUND}
    assert [(e.message, e.path) for e in foreign] == [(e.message, e.path) for e in missing]


async def test_neither_side_does_the_others_part(db: Database) -> None:
    desk = await a_channel(db)
    bill = await desk.bill("100")
    dispute = await desk.question(bill)
    partner = finance(desk.partner)
    assert isinstance(await refusal(desk.resolve(dispute, REJECTION, who=partner)), Forbidden)
    for who in (Principal("sam", Role.SALES_OPS), Principal("aud", Role.AUDITOR)):
        for error in await attempts(desk, dispute, who):
            assert isinstance(error, Forbidden)
    viewer = Principal("vic", Role.PARTNER_VIEWER, desk.partner)
    assert isinstance(await refusal(desk.reply(dispute, "Hello", viewer)), Forbidden)
    await desk.reply(dispute, "Hello", Principal("ada", Role.PARTNER_ADMIN, desk.partner))
    await desk.reply(dispute, "Hello", MIA)
